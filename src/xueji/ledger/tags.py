"""Every act the ledger knows, with the words shown for it. A tag, once used, is never renamed: old events carry it."""

from __future__ import annotations

from django.db.models import TextChoices


class EventTag(TextChoices):
    """What happened: «subject:past participle»; `.label` is the Chinese shown on timelines and in the audit search."""

    # -- accounts and posts
    ACCOUNT_ISSUED = "account:issued", "发放账号"
    ACCOUNT_PASSWORD_RESET = "account:password_reset", "重置密码"
    ACCOUNT_SECOND_FACTOR_RESET = "account:second_factor_reset", "重置二次验证"
    ACCOUNT_DEACTIVATED = "account:deactivated", "停用账号"
    ACCOUNT_REACTIVATED = "account:reactivated", "恢复账号"
    APPOINTMENT_MADE = "appointment:made", "任命岗位"
    APPOINTMENT_ENDED = "appointment:ended", "免去岗位"

    # -- institutions
    AUTHORITY_FOUNDED = "authority:founded", "登记主管部门"
    SCHOOL_FOUNDED = "school:founded", "登记学校"
    SCHOOL_AMENDED = "school:amended", "修改学校资料"
    PROGRAMME_ADDED = "programme:added", "登记专业"
    CALENDAR_DAY_DECLARED = "calendar:day_declared", "登记放假或调休"
    CALENDAR_YEAR_PUBLISHED = "calendar:year_published", "登记年度放假通知"
    SANCTION_IMPOSED = "sanction:imposed", "作出处理"
    SANCTION_LIFTED = "sanction:lifted", "解除处理"

    # -- cases
    CASE_OPENED = "case:opened", "建立办件"
    CASE_SUBMITTED = "case:submitted", "提交"
    CASE_STEP_APPROVED = "case:step_approved", "同意"
    CASE_STEP_RETURNED = "case:step_returned", "退回"
    CASE_STEP_REFUSED = "case:step_refused", "不同意"
    CASE_STEP_DEFERRED = "case:step_deferred", "暂缓办理"
    CASE_STEP_RESUMED = "case:step_resumed", "恢复办理"
    CASE_APPROVED = "case:approved", "办结通过"
    CASE_REFUSED = "case:refused", "办结不予通过"
    CASE_WITHDRAWN = "case:withdrawn", "撤回"
    CASE_DUE_DATES_COUNTED = "case:due_dates_counted", "重算办理期限"
    EVIDENCE_ATTACHED = "evidence:attached", "上传材料"
    EVIDENCE_VIEWED = "evidence:viewed", "查看材料"

    # -- registry
    PERSON_FOUNDED = "person:founded", "登记个人信息"
    PERSON_REVEALED = "person:revealed", "查看完整证件号"
    PERSON_CHANGED = "person:changed", "更正个人信息"
    ENROLMENT_FOUNDED = "enrolment:founded", "登记学籍"
    ENROLMENT_CHANGED = "enrolment:changed", "更正学籍信息"
    ENROLMENT_GRADUATED = "enrolment:graduated", "提交毕业"
    PARTICULARS_CHANGE_OPENED = "particulars_change:opened", "申请信息更正"
    PARTICULARS_CHANGE_APPLIED = "particulars_change:applied", "信息更正生效"

    # -- graduation
    SEASON_OPENED = "season:opened", "开设毕业届次"
    BATCH_OPENED = "batch:opened", "建立验印批次"
    BATCH_SUBMITTED = "batch:submitted", "上报验印批次"
    BATCH_RETURNED = "batch:returned", "退回验印批次"
    BATCH_APPROVED = "batch:approved", "审核通过验印批次"
    BATCH_REGISTER_SET = "batch:register_set", "填写验印登记册"
    INTAKE_RECEIVED = "intake:received", "上传毕业生数据"
    INTAKE_READ = "intake:read", "检查毕业生数据"
    INTAKE_FAILED = "intake:failed", "毕业生数据无法读取"
    INTAKE_CONFIRMED = "intake:confirmed", "确认毕业生数据入库"
    INTAKE_DISCARDED = "intake:discarded", "放弃毕业生数据"
    CANDIDATES_LISTED = "candidate:listed", "列入验印名单"
    CANDIDATES_MARKED = "candidate:marked", "标注退回毕业生"
    CANDIDATES_WITHDRAWN = "candidate:withdrawn", "毕业生退出批次"
    CANDIDATES_REFUSED = "candidate:refused", "毕业生审核未通过"
    CANDIDATES_APPROVED = "candidate:approved", "毕业生审核通过"
    CANDIDATES_CHANGED = "candidate:changed", "更正名单信息"
    SPECIAL_CASE_OPENED = "special_case:opened", "提交特殊原因报告"
    SPECIAL_CASE_APPLIED = "special_case:applied", "特殊原因报告核定"
    DUTY_OPENED = "duty:opened", "列出验印后事项"
    DUTY_FULFILLED = "duty:fulfilled", "完成验印后事项"

    # -- records about graduates, receipts, spot checks, rates
    RECORDS_RECEIVED = "record:received", "上传毕业生登记表册"
    RECORDS_READ = "record:read", "检查毕业生登记表册"
    RECORDS_FAILED = "record:failed", "毕业生登记表册无法读取"
    RECORDS_CONFIRMED = "record:confirmed", "确认毕业生登记表册入库"
    RECORDS_DISCARDED = "record:discarded", "放弃毕业生登记表册"
    RECORDS_STORED = "record:stored", "登记毕业生情况"
    RECORD_DROPPED = "record:dropped", "删去毕业生登记"
    RECEIPT_FILED = "receipt:filed", "报送验印回执"
    DRAW_COMMITTED = "spot_check:committed", "公布抽查承诺值"
    SPOT_CHECK_DRAWN = "spot_check:drawn", "抽取核验名单"
    SPOT_CHECK_RECORDED = "spot_check:recorded", "登记核验情况"
    SPOT_CHECK_CONFIRMED = "spot_check:confirmed", "复核核验情况"
    RATES_PUBLISHED = "rate:published", "发布取得证书率和就业率"

    # -- numbers and certificates
    NUMBERS_RELEASED = "number:released", "发放证书编号"
    NUMBERS_VOIDED = "number:voided", "作废证书编号"
    NUMBERS_RETURNED = "number:returned", "退回证书编号"
    NUMBER_APPLICATION_OPENED = "number_application:opened", "建立编号申请"
    NUMBER_APPLICATION_STATED = "number_application:stated", "填写编号申请人数"
    NUMBER_APPLICATION_GRANTED = "number_application:granted", "核发编号段"
    CERTIFICATES_ISSUED = "certificate:issued", "签发证书"
    CERTIFICATES_SEALED = "certificate:sealed", "证书验印"
    CERTIFICATE_VOIDED = "certificate:voided", "作废证书"
    CERTIFICATE_REPLACED = "certificate:replaced", "换发证书"
    CERTIFICATE_CASE_OPENED = "certificate_case:opened", "申请更正、作废或换发证书"

    # -- blanks
    BLANK_REQUEST_OPENED = "blank_request:opened", "申领空白证书"
    BLANK_REQUEST_GRANTED = "blank_request:granted", "批准申领空白证书"
    BLANKS_RECEIVED = "blank:received", "空白证书入库"
    BLANKS_DRAWN = "blank:drawn", "发放空白证书"
    BLANKS_MOVED = "blank:moved", "退还未用空白证书"
    BLANKS_CONFIRMED = "blank:confirmed", "签收空白证书"
    BLANKS_LOADED = "blank:loaded", "空白证书装机"
    BLANKS_UNLOADED = "blank:unloaded", "空白证书退出装机"
    BLANKS_USED = "blank:used", "使用空白证书"
    BLANKS_SPOILED = "blank:spoiled", "登记损坏空白证书"
    BLANKS_RETURNED = "blank:returned", "缴回损坏证书"
    BLANKS_STAMPED = "blank:stamped", "损坏证书盖作废章保存"
    BLANKS_LOST = "blank:lost", "空白证书报失"
    BLANKS_FOUND = "blank:found", "寻回空白证书"

    # -- printing
    PRINTER_ADDED = "printer:added", "登记打印机"
    PRINTER_CALIBRATED = "printer:calibrated", "校准打印机"
    PRINT_REQUESTED = "print:requested", "请求打印"
    PRINT_RENDERED = "print:rendered", "生成打印文件"
    PRINT_FAILED = "print:failed", "打印文件未能生成"
    PRINT_DOWNLOADED = "print:downloaded", "下载打印文件"
    PRINT_LOADED = "print:loaded", "装入空白证书打印"
    PRINT_GIVEN_UP = "print:given_up", "放弃未打印的证书"
    SHEETS_CONFIRMED = "sheet:confirmed", "确认打印完好"
    SHEET_SPOILED = "sheet:spoiled", "登记打印作废"
    BLANK_PICTURE_ADDED = "blank_picture:added", "上传空白证书扫描件"
    REPRINT_OPENED = "reprint:opened", "申请重打证书"
    REPRINT_ALLOWED = "reprint:allowed", "批准重打证书"

    # -- from the press to the graduate
    PARCEL_SENT = "parcel:sent", "寄发证书"
    PARCEL_RECEIVED = "parcel:received", "接收证书"
    PARCEL_ITEM_FOUND = "parcel:item_found", "短少证书补到"
    DIPLOMAS_EMBOSSED = "diploma:embossed", "粘贴照片并加盖钢印"
    DIPLOMAS_HANDED_OUT = "diploma:handed_out", "发放证书"
    HAND_OUT_CORRECTED = "hand_out:corrected", "更正发放记录"

    # -- sealing
    SEALING_ROUND_OPENED = "sealing:round_opened", "安排集中验印"
    SEALING_BOOKED = "sealing:booked", "预约验印"
    SEALING_CANCELLED = "sealing:cancelled", "取消验印预约"
    SEALING_DONE = "sealing:done", "验印"
    SEALING_REFUSED = "sealing:refused", "不予验印"
    FILE_CHECK_DRAWN = "file_check:drawn", "抽取学籍电子档案"
    FILE_CHECK_RECORDED = "file_check:recorded", "登记学籍电子档案核查结果"
    SEALING_COPIES_LODGED = "sealing:copies_lodged", "登记册和名单存档"

    # -- exports and jobs
    LIST_EXPORTED = "list:exported", "导出名单"
    LEDGER_EXPORTED = "ledger:exported", "导出履历"
    JOB_STARTED = "job:started", "开始后台任务"
    JOB_FAILED = "job:failed", "后台任务未完成"
