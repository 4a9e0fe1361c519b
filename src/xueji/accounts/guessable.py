"""Of how many guesses a password is made: a syllable, an everyday word, a place, a run of digits are one each.

Whoever guesses does not try letters: they try names, places and phrases. So a password is cut into the fewest pieces it
can be read as, and the pieces are counted. `zhangwei2026` is two syllables and a year, not twelve characters; ten
syllables of a sentence of one's own are ten pieces, as ten characters of Chinese are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from itertools import groupby

# Every syllable of pinyin without its tone; ü as it is typed. By initial, as the table in a dictionary has them.
_SYLLABLES = """
a ai an ang ao e ei en eng er o ou
ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu
pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu
ma mai man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu
fa fan fang fei fen feng fo fou fu
da dai dan dang dao de dei den deng di dia dian diao die ding diu dong dou du duan dui dun duo
ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo
na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nun nuo nv nve nue
la lai lan lang lao le lei leng li lia lian liang liao lie lin ling liu long lou lu luan lun luo lv lve lue lo
ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo
ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo
ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo
ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun
qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun
xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun
zha zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo
cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo
sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo
ran rang rao re ren reng ri rong rou ru ruan rui run ruo
za zai zan zang zao ze zei zen zeng zi zong zou zu zuan zui zun zuo
ca cai can cang cao ce cen ceng ci cong cou cu cuan cui cun cuo
sa sai san sang sao se sen seng si song sou su suan sui sun suo
ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun
wa wai wan wang wei wen weng wo wu
"""
# Words of which phrases are made that many people choose: «I love you», «happy new year», «this is my …».
_EVERYDAY = """
about again all always am and angel apple are autumn baby back bad bank beautiful best better big bird birthday black
blue boss boy boys bye can car cat change charge chinese christmas class cold come computer cool crazy cute dad daddy
darling data day days dear default dog dollar door dream dreams easy english enter ever every family father fire first
fish flower fly for forever forget free friday friend friends from fuck game get girl girls give go god gold good great
green guest happy hard hate have heart heaven hello here hey hi home honey hope hot house how internet is it jesus job
just key king kiss kitty know lady let life like little live lol long look lord lost love lover loves loving luck lucky
mail make man manager me miss mom monday money moon more morning mother music my name need never new nice night no nobody
not nothing now of office ok old on one only open our out paper peace people phone play please power pretty princess
queen rain red right rock rose sea secret security sex shit sister sky smile snow so some song sorry spring star start
stay strong study summer sun sunday super sweet system take tell thank thanks that the there they thing think this
thursday time to today tomorrow too true trust tuesday up very wait want was water way we wednesday weekend what white
who why wife will win winter wish with woman women wonderful word work world year years yes you young your
"""
_LONGEST = 16  # of a word that is looked for
_DIGITS = re.compile(r"\d{3,}")  # a telephone, a birthday, a number of the house: one piece, however long


@cache
def readings() -> Mapping[str, int]:
    """Return what is read as a whole, with the number of pieces it counts for."""
    return dict.fromkeys([*_SYLLABLES.split(), *_EVERYDAY.split()], 1)


def pieces_of(text: str, *, known: Collection[str] = (), common: Collection[str] = ()) -> list[str]:
    """Return the fewest pieces a text in small letters can be read as; a piece said twice in a row counts once.

    `known` are further words of one piece (places), `common` those of lists of stolen passwords, which count for three:
    as much as three characters nobody can guess.
    """
    pieces: list[str] = []
    for part in re.split(r"[\W_]+", _DIGITS.sub(lambda run: f" {run[0]} ", text)):
        pieces += [part] if _DIGITS.fullmatch(part) else _fewest(part, known, common)
    return [piece for piece, _ in groupby(pieces)]


def _fewest(part: str, known: Collection[str], common: Collection[str]) -> list[str]:
    """Read from left to right; at each place keep the reading of the fewest pieces that ends there."""
    best: list[list[str]] = [[]]
    for end in range(1, len(part) + 1):
        found = [*best[end - 1], part[end - 1]]
        for start in range(max(0, end - _LONGEST), end - 1):
            word = part[start:end]
            counts = 1 if word in known else readings().get(word) or (3 if word in common else None)
            if counts is not None and len(best[start]) + counts < len(found):
                found = [*best[start], *([word] if counts == 1 else [f"{word}:{n}" for n in range(counts)])]
        best.append(found)
    return best[-1]
