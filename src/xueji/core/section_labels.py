"""What the sections of a pack are called on pages and in messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SECTION_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "workbook": "表册",
        "photo": "照片规格",
        "clock": "期限",
        "workflow": "办理流程",
        "numbering": "编号规则",
        "document": "文书",
        "process": "办理过程",
        "blank": "空白证书",
        "table": "代码表",
        "value": "参数",
        "guidance": "办理提示",
        "quotation": "条文引述",
        "calendar": "工作日表",
        "obligation": "应办事项",
        "measure": "处理措施",
        "window": "办理时段",
        "duration": "学制",
        "change": "学籍异动",
        "evidence": "证明材料",
        "closing": "截止日期",
        "service": "办事服务",
        "issuer": "学历证明书出具权限",
        "office": "受理机构",
        "paper": "申请材料",
        "rule": "规则",
    }
)
