"""Characters that people type for one another: of one sound, or of one look.

Sounds: GB 2312 orders its first 3,755 characters by sound, so the first character of each syllable says all of them; the
rarer ones that names are made of stand beside it. Sounds that most of the country says alike are one (zh and z, ing and in).
Looks: families of one part, and single pairs. A pair that stands nowhere here is simply two characters.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

# Each syllable with the first character of it in GB 2312.
_FIRST = (
    "a啊 ai埃 an鞍 ang肮 ao凹 ba芭 bai白 ban斑 bang邦 bao苞 bei杯 ben奔 beng崩 bi逼 bian鞭 biao标 bie鳖 bin彬 bing兵 bo玻 bu哺 ca擦 cai猜 can餐 cang苍 cao操 ce厕 ceng层 cha插 chai拆 "
    "chan搀 chang昌 chao超 che车 chen郴 cheng撑 chi吃 chong充 chou抽 chu初 chuai揣 chuan川 chuang疮 chui吹 chun春 chuo戳 ci疵 cong聪 cou凑 cu粗 cuan蹿 cui摧 cun村 cuo磋 da搭 dai呆 "
    "dan耽 dang当 dao刀 de德 deng蹬 di堤 dian颠 diao碉 die跌 ding丁 diu丢 dong东 dou兜 du都 duan端 dui堆 dun墩 duo掇 e蛾 en恩 er而 fa发 fan藩 fang坊 fei菲 fen芬 feng丰 fo佛 fou否 fu夫 "
    "ga噶 gai该 gan干 gang冈 gao篙 ge哥 gei给 gen根 geng耕 gong工 gou钩 gu辜 gua刮 guai乖 guan棺 guang光 gui瑰 gun辊 guo锅 ha哈 hai骸 han酣 hang夯 hao壕 he呵 hei嘿 hen痕 heng哼 hong轰 "
    "hou喉 hu呼 hua花 huai槐 huan欢 huang荒 hui灰 hun荤 huo豁 ji击 jia嘉 jian歼 jiang僵 jiao蕉 jie揭 jin巾 jing荆 jiong炯 jiu揪 ju鞠 juan捐 jue撅 jun均 ka喀 kai开 kan刊 kang康 kao考 "
    "ke坷 ken肯 keng坑 kong空 kou抠 ku枯 kua夸 kuai块 kuan宽 kuang匡 kui亏 kun坤 kuo括 la垃 lai莱 lan蓝 lang琅 lao捞 le勒 lei雷 leng棱 li厘 lia俩 lian联 liang粮 liao撩 lie列 lin琳 "
    "ling玲 liu溜 long龙 lou楼 lu芦 lv驴 luan峦 lue掠 lun抡 luo萝 ma妈 mai埋 man瞒 mang芒 mao猫 me么 mei玫 men门 meng萌 mi眯 mian棉 miao苗 mie蔑 min民 ming明 miu谬 mo摸 mou谋 mu拇 na拿 "
    "nai氖 nan南 nang囊 nao挠 ne呢 nei馁 nen嫩 neng能 ni妮 nian蔫 niang娘 niao鸟 nie捏 nin您 ning柠 niu牛 nong脓 nu奴 nv女 nuan暖 nue虐 nuo挪 o哦 ou欧 pa啪 pai拍 pan攀 pang乓 pao抛 "
    "pei呸 pen喷 peng砰 pi坯 pian篇 piao飘 pie撇 pin拼 ping乒 po坡 pu扑 qi期 qia掐 qian牵 qiang枪 qiao橇 qie切 qin钦 qing青 qiong琼 qiu秋 qu趋 quan圈 que缺 qun裙 ran然 rang瓤 rao饶 "
    "re惹 ren壬 reng扔 ri日 rong戎 rou揉 ru茹 ruan软 rui蕊 run闰 ruo若 sa撒 sai腮 san三 sang桑 sao搔 se瑟 sen森 seng僧 sha莎 shai筛 shan珊 shang墒 shao梢 she奢 shen砷 sheng声 shi师 "
    "shou收 shu蔬 shua刷 shuai摔 shuan栓 shuang霜 shui谁 shun吮 shuo说 si斯 song松 sou搜 su嗽 suan酸 sui虽 sun孙 suo蓑 ta塌 tai胎 tan坍 tang汤 tao掏 te特 teng藤 ti梯 tian天 tiao挑 "
    "tie贴 ting厅 tong通 tou偷 tu凸 tuan湍 tui推 tun吞 tuo拖 wa挖 wai歪 wan豌 wang汪 wei威 wen瘟 weng嗡 wo挝 wu巫 xi昔 xia瞎 xian掀 xiang相 xiao萧 xie楔 xin薪 xing星 xiong兄 xiu休 xu墟 "
    "xuan轩 xue靴 xun勋 ya压 yan焉 yang殃 yao邀 ye椰 yi一 yin茵 ying英 yo哟 yong拥 you幽 yu淤 yuan鸳 yue曰 yun耘 za匝 zai栽 zan咱 zang赃 zao遭 ze责 zei贼 zen怎 zeng增 zha扎 zhai摘 "
    "zhan瞻 zhang樟 zhao招 zhe遮 zhen珍 zheng蒸 zhi芝 zhong中 zhou舟 zhu珠 zhua抓 zhuai拽 zhuan专 zhuang桩 zhui椎 zhun谆 zhuo捉 zi兹 zong鬃 zou邹 zu租 zuan钻 zui嘴 zun尊 zuo昨 "
)
# Characters of names that GB 2312 keeps in its second part, by their radicals, or does not keep.
_RARE = (
    "wei玮炜薇韦 xuan萱璇瑄煊暄 hao昊皓灏颢 zi梓 yu妤钰煜昱毓瑀彧 jue珏 jun珺隽 tao韬 kai恺铠 xu煦栩 yi怡旖祎懿奕弈翊轶熠 yan嫣妍琰焱晏 yun筠芸昀耘郓 "
    "han晗菡瀚 qi琪淇祺琦绮圻 ting婷霆 jing婧菁璟靓 ya娅 li俐 yuan媛瑗 ai嫒 wen雯 min玟 shan姗 ke珂 xin鑫馨昕歆炘 ruo偌 ying滢瑛颍 "
    "lu璐潞 luo珞 qian茜芊骞 lan岚 yue玥 ye晔烨 hua桦骅 shuo铄 rui睿芮 tong彤曈 xi曦羲熹 jia珈迦 zhuo倬 ming茗溟 jin瑾槿 miao淼 jiao姣 chen宸琛 "
    "sheng晟笙 cheng晟 ran苒 peng芃 pei霈 ni旎 fu芙 jie婕 xian娴 ling翎羚 lin霖麟 mei镁 shu姝 mo茉 yao瑶珧 chun椿 cong骢 bo渤 guo馃 heng珩 hang珩 "
    "xiang缃骧 yang炀 nan楠 na娜 juan娟 chan婵 rong蓉嵘 ju菊 lei磊 ping娉 qiao侨 wan婉琬 xiao筱潇骁 zhen祯臻 bin豳"
)
# Families: whoever reads or writes in haste takes one of a family for another.
_LOOKS = (
    "青情清晴请倩靖静睛精 令玲铃伶龄岭聆冷 辰晨震振 军挥辉晖浑 俊骏峻竣浚 峰锋烽蜂逢 成诚城晟盛 建健键 荣莹荧萤莱 林琳淋霖彬 羊洋祥翔样详 台怡恰抬胎治 "
    "圭佳娃桂洼 吉洁结诘 艮艰很恨银 巠经轻径 尧晓浇烧绕 微薇徵 己已巳 未末 日曰目 王玉主 大太犬 土士 干千于 天夫无 人入八 刀力 "
    "田由甲申 白自 石右 午牛 贝见 今令 风凤 丹舟 冰水永 住佳往 侯候 昊吴旲 睿容 曦羲 瑶谣遥摇 婷停 宣萱喧暄渲 博搏缚 涛淘 悦说锐脱 坤绅伸 "
    "颖颍 志忘 航杭抗 馨声 媛援暖缓 雷蕾 思恩 哲誓 诺若 泽择译 嫣焉 那娜哪 亨享 亮高 兴光 宇字 宁字 家冢 安妥 晏宴 昌冒 晶品 明朋 杰木 "
    "栋拣 梅海侮 欣欢 歆韵 淑叔 淼森焱炎 源原 灿仙 煜昱 爽夹 玖玫 玮伟 珊姗 珍诊 琪棋祺淇 璐露潞 芳芬 茜西 芮丙 莉利 菲非 蓉容 蔡祭 肖萧 阎闫 付傅 戴代 "
    "霞霜露霖 凯恺剀 铭名茗 瑞端 楠南喃 柯珂坷轲 昕听欣析 婉宛琬 芝艺 茹如 荟会 蔓曼漫慢 霏菲 嘉喜 喆哲 桐洞铜 渝瑜愉榆 涵函 凌菱陵 彦颜 彰章 徽微 "
    "恒桓垣 慈滋磁 捷婕 敬警 斌武赋 旺汪 晗含 智知 朗郎 桢祯贞侦 楷揩谐 沐休 浩皓洁 淳谆醇 滢莹 潇箫萧 澜斓 炳柄 烨晔 然燃 熙照 珮佩 琛深 琰淡 瑾谨槿 "
    "璇旋 畅杨扬 皎姣 程呈 维唯雅 绍邵 绮倚 苑范 苒冉 莎沙 裕浴 谦歉 豪毫 超赵 迪油 钧均 锦绵 阳阴 雯纹 鸿鸣 彩彬杉 彤丹 翠萃 娇骄 娴闲 惠慧 莺鹰 "
    "兰三 丽而 义又 仁二 伟纬 华毕 卫工 双又 叶汁 园圆 国图 坚竖 学字 守寸 帅师 平乎 庆厌 廷延 强弹 彪虎 怀坏 敏每 文丈 方万 旗族 昆见 景影 月用 "
    "本木 松柏 果呆 根恨 正止 民氏 江红 法去 海每 清渭 渊洲 满瞒 爱受 玲珍 生牛 男另 盛咸 石右 秀季 立位 章意 竹什 红江 继断 翔翱 耀跃 胜性 良娘 若苦 英央 "
    "莲连 萍苹 虹虾 裴斐 诗待 贤坚 贵责 越趣 远运 达迭 进近 邦帮 金全 钢纲 长张 雄雌 雨两 雪雷 青表 飞气 香杏 鑫金 龙尤"
)


def _syllable_of(sound: str) -> str:
    """Return a sound as most people hear it."""
    for spoken, heard in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(spoken):
            sound = heard + sound[2:]
    return sound[:-1] if sound.endswith("ng") else sound


def _split(text: str) -> list[tuple[str, str]]:
    """Return (sound, characters) of each word of a list."""
    words = text.split()
    cuts = [next(place for place, character in enumerate(word) if not character.isascii()) for word in words]
    return [(_syllable_of(word[:cut]), word[cut:]) for word, cut in zip(words, cuts, strict=True)]


_STARTS = [(character.encode("gb2312"), sound) for sound, character in _split("".join(_FIRST))]
_CODES = [code for code, _ in _STARTS]
_AFTER_LAST = b"\xd7\xfa"
_RARE_SOUNDS: dict[str, set[str]] = {}
for _sound, _characters in _split("".join(_RARE)):
    for _character in _characters:
        _RARE_SOUNDS.setdefault(_character, set()).add(_sound)
_FAMILIES: dict[str, set[int]] = {}
for _number, _family in enumerate("".join(_LOOKS).split()):
    for _character in _family:
        _FAMILIES.setdefault(_character, set()).add(_number)


@lru_cache(maxsize=8192)
def sounds_of(character: str) -> frozenset[str]:
    """Return the sounds of a character as people hear them; empty when it stands in no list."""
    sounds = set(_RARE_SOUNDS.get(character, ()))
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return frozenset(sounds)
    if len(code) == 2 and _CODES[0] <= code < _AFTER_LAST:
        sounds.add(_STARTS[bisect_right(_CODES, code) - 1][1])
    return frozenset(sounds)


def sound_alike(first: str, second: str) -> bool:
    """Whether two characters are heard as one."""
    return bool(sounds_of(first) & sounds_of(second))


def look_alike(first: str, second: str) -> bool:
    """Whether two characters are taken for one another by sight."""
    return bool(_FAMILIES.get(first, set()) & _FAMILIES.get(second, set()))
