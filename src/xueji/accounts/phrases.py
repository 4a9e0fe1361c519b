"""Phrases that everybody here can say by heart: who guesses passwords tries them, from any word to any other.

Collected by hand, with where they are learned. In pinyin stand those of eight syllables and more: shorter ones are too
few pieces as it is.
"""

from __future__ import annotations

# Counting, the stems and branches, the first names of the book of families, the primers (《百家姓》《千字文》《三字经》).
_COUNTED = """
一二三四五六七八九十百千万亿 十九八七六五四三二一 零一二三四五六七八九十 〇一二三四五六七八九 壹贰叁肆伍陆柒捌玖拾佰仟
甲乙丙丁戊己庚辛壬癸 子丑寅卯辰巳午未申酉戌亥 鼠牛虎兔龙蛇马羊猴鸡狗猪 春夏秋冬 东南西北中发白 赤橙黄绿青蓝紫
赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨 天地玄黄宇宙洪荒日月盈昃辰宿列张 人之初性本善性相近习相远苟不教性乃迁教之道贵以专
"""
# 中共中央办公厅《关于培育和践行社会主义核心价值观的意见》(中办发〔2013〕24号): the twelve values in their order.
VALUES = ("富强", "民主", "文明", "和谐", "自由", "平等", "公正", "法治", "爱国", "敬业", "诚信", "友善")
# What is said at feasts, hung on school walls and sung at the flag.
_SAID = """
祝你生日快乐 生日快乐 新年快乐万事如意 恭喜发财大吉大利 身体健康万事如意心想事成 恭贺新禧 一帆风顺二龙腾飞三羊开泰四季平安五福临门
六六大顺七星高照八方来财九九同心十全十美 福如东海寿比南山 年年有余岁岁平安 花好月圆 天长地久 永远爱你 我爱我的祖国 我爱我家 我爱你中国
好好学习天天向上 为人民服务 团结紧张严肃活泼 实事求是 知识就是力量 时间就是金钱 不忘初心牢记使命 撸起袖子加油干 中华人民共和国万岁
世界人民大团结万岁 立德树人 教书育人 百年大计教育为本 十年树木百年树人 学高为师身正为范 书山有路勤为径学海无涯苦作舟
世上无难事只怕有心人 有志者事竟成 失败是成功之母 天下无难事 只要功夫深铁杵磨成针 少壮不努力老大徒伤悲 一寸光阴一寸金寸金难买寸光阴
千里之行始于足下 己所不欲勿施于人 三人行必有我师 学而时习之不亦说乎有朋自远方来不亦乐乎 温故而知新可以为师矣 学而不思则罔思而不学则殆
知之为知之不知为不知 敏而好学不耻下问 天行健君子以自强不息地势坤君子以厚德载物 先天下之忧而忧后天下之乐而乐 天下兴亡匹夫有责
起来不愿做奴隶的人们把我们的血肉筑成我们新的长城 中华民族到了最危险的时候 五星红旗迎风飘扬胜利歌声多么响亮 我们是共产主义接班人
芝麻开门 天王盖地虎宝塔镇河妖 两只老虎跑得快 世上只有妈妈好有妈的孩子像块宝 月亮代表我的心
"""
# 教育部《义务教育语文课程标准（2022年版）》附录1 (poems to be learned by heart), and a few lines of the school-books beside them.
_POEMS = """
床前明月光疑是地上霜举头望明月低头思故乡 春眠不觉晓处处闻啼鸟夜来风雨声花落知多少 白日依山尽黄河入海流欲穷千里目更上一层楼
锄禾日当午汗滴禾下土谁知盘中餐粒粒皆辛苦 春种一粒粟秋收万颗子四海无闲田农夫犹饿死 鹅鹅鹅曲项向天歌白毛浮绿水红掌拨清波
红豆生南国春来发几枝愿君多采撷此物最相思 千山鸟飞绝万径人踪灭孤舟蓑笠翁独钓寒江雪 松下问童子言师采药去只在此山中云深不知处
离离原上草一岁一枯荣野火烧不尽春风吹又生 慈母手中线游子身上衣临行密密缝意恐迟迟归谁言寸草心报得三春晖
好雨知时节当春乃发生随风潜入夜润物细无声 国破山河在城春草木深感时花溅泪恨别鸟惊心 会当凌绝顶一览众山小
海内存知己天涯若比邻 海上生明月天涯共此时 大漠孤烟直长河落日圆 明月松间照清泉石上流 煮豆燃豆萁豆在釜中泣本是同根生相煎何太急
远看山有色近听水无声春去花还在人来鸟不惊 危楼高百尺手可摘星辰不敢高声语恐惊天上人 墙角数枝梅凌寒独自开遥知不是雪为有暗香来
远上寒山石径斜白云生处有人家停车坐爱枫林晚霜叶红于二月花 清明时节雨纷纷路上行人欲断魂借问酒家何处有牧童遥指杏花村
日照香炉生紫烟遥看瀑布挂前川飞流直下三千尺疑是银河落九天 朝辞白帝彩云间千里江陵一日还两岸猿声啼不住轻舟已过万重山
故人西辞黄鹤楼烟花三月下扬州孤帆远影碧空尽唯见长江天际流 天门中断楚江开碧水东流至此回两岸青山相对出孤帆一片日边来
李白乘舟将欲行忽闻岸上踏歌声桃花潭水深千尺不及汪伦送我情 两个黄鹂鸣翠柳一行白鹭上青天窗含西岭千秋雪门泊东吴万里船
独在异乡为异客每逢佳节倍思亲遥知兄弟登高处遍插茱萸少一人 劝君更尽一杯酒西出阳关无故人 月落乌啼霜满天江枫渔火对愁眠姑苏城外寒山寺夜半钟声到客船
碧玉妆成一树高万条垂下绿丝绦不知细叶谁裁出二月春风似剪刀 少小离家老大回乡音无改鬓毛衰儿童相见不相识笑问客从何处来
黄河远上白云间一片孤城万仞山羌笛何须怨杨柳春风不度玉门关 秦时明月汉时关万里长征人未还但使龙城飞将在不教胡马度阴山
葡萄美酒夜光杯欲饮琵琶马上催醉卧沙场君莫笑古来征战几人回 爆竹声中一岁除春风送暖入屠苏千门万户曈曈日总把新桃换旧符
横看成岭侧成峰远近高低各不同不识庐山真面目只缘身在此山中 水光潋滟晴方好山色空蒙雨亦奇欲把西湖比西子淡妆浓抹总相宜
竹外桃花三两枝春江水暖鸭先知 接天莲叶无穷碧映日荷花别样红 小荷才露尖尖角早有蜻蜓立上头 春色满园关不住一枝红杏出墙来
等闲识得东风面万紫千红总是春 山重水复疑无路柳暗花明又一村 王师北定中原日家祭无忘告乃翁 春风又绿江南岸明月何时照我还
千锤万凿出深山烈火焚烧若等闲粉骨碎身浑不怕要留清白在人间 咬定青山不放松立根原在破岩中千磨万击还坚劲任尔东西南北风
人生自古谁无死留取丹心照汗青 落红不是无情物化作春泥更护花 洛阳亲友如相问一片冰心在玉壶
但愿人长久千里共婵娟 明月几时有把酒问青天不知天上宫阙今夕是何年 人有悲欢离合月有阴晴圆缺此事古难全 大江东去浪淘尽千古风流人物
枯藤老树昏鸦小桥流水人家古道西风瘦马夕阳西下断肠人在天涯 问君能有几多愁恰似一江春水向东流 长风破浪会有时直挂云帆济沧海
天生我材必有用千金散尽还复来 君不见黄河之水天上来奔流到海不复回 采菊东篱下悠然见南山 落霞与孤鹜齐飞秋水共长天一色
春蚕到死丝方尽蜡炬成灰泪始干 红军不怕远征难万水千山只等闲 数风流人物还看今朝 北国风光千里冰封万里雪飘 为有牺牲多壮志敢教日月换新天
两情若是久长时又岂在朝朝暮暮 在天愿作比翼鸟在地愿为连理枝 众里寻他千百度蓦然回首那人却在灯火阑珊处
关关雎鸠在河之洲窈窕淑女君子好逑 蒹葭苍苍白露为霜所谓伊人在水一方 路漫漫其修远兮吾将上下而求索
"""
SPELLED = """
yiersansiwuliuqibajiushi shijiubaqiliuwusisaneryi jiayibingdingwujigengxinrengui zichouyinmaochensiwuweishenyouxuhai
zhaoqiansunlizhouwuzhengwang tiandixuanhuangyuzhouhonghuang renzhichuxingbenshanxingxiangjinxixiangyuan
fuqiangminzhuwenminghexieziyoupingdenggongzhengfazhiaiguojingyechengxinyoushan
zhunishengrikuaile xinniankuailewanshiruyi gongxifacaidajidali haohaoxuexitiantianxiangshang buwangchuxinlaojishiming
shushanyouluqinweijingxuehaiwuyakuzuozhou shaozhuangbunulilaodatushangbei yicunguangyinyicunjin
chuangqianmingyueguangyishidishangshuangjutouwangmingyueditousiguxiang chunmianbujuexiaochuchuwentiniaoyelaifengyushenghualuozhiduoshao
bairiyishanjinhuangheruhailiuyuqiongqianlimugengshangyicenglou chuheridangwuhandihexiatushuizhipanzhongcanlilijiexinku
liliyuanshangcaoyisuiyikurongyehuoshaobujinchunfengchuiyousheng hongdoushengnanguochunlaifajizhi
cimushouzhongxianyouzishenshangyilinxingmimifengyikongchichigui qingmingshijieyufenfenlushangxingrenyuduanhun
feiliuzhixiasanqianchiyishiyinheluojiutian danyuanrenchangjiuqianligongchanjuan mingyuejishiyoubajiuwenqingtian
haineicunzhijitianyaruobilin haishangshengmingyuetianyagongcishi
"""
PHRASES = "\n".join([*_COUNTED.split(), "".join(VALUES), *_SAID.split(), *_POEMS.split()])
