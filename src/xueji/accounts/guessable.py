"""Of how many guesses a password is made: a syllable, a word, a place, a phrase, two digits are one each.

Whoever guesses does not try letters: they try names, places and phrases. So a password is cut into the fewest pieces it
can be read as, and the pieces are counted. `zhangwei2026` is two syllables and a year, not twelve characters; ten
syllables of a sentence of one's own are ten pieces, as ten characters of Chinese are. A mark is a piece as a letter is,
but for one that only parts the words.

The estimators that exist do not serve: zxcvbn multiplies what the order of pieces might be, so that four syllables of
pinyin come out stronger than twelve random characters, and knows neither Chinese nor syllables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import groupby

from xueji.accounts.phrases import PHRASES, SPELLED, VALUES

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
_ROWS = """
qwertyuiop asdfghjkl zxcvbnm 1234567890 abcdefghijklmnopqrstuvwxyz 13579 24680 !@#$%^&*()
1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik qazwsxedcrfvtgbyhnujmikolp zaq1xsw2cde3vfr4bgt5nhy6mju7
"""  # of keys, of the alphabet and of numbers
_SHORT = "\n".join([*_ROWS.split(), *(row[::-1] for row in _ROWS.split()), PHRASES])
_RUNS = f"{_SHORT}\n{SPELLED}"
_RUN, _SPELLED_RUN = 3, 9  # neighbours in a row or a phrase that are guessed with it; letters of a phrase in pinyin
_PHRASE = 6  # letters that are not said twice by chance
_LONGEST = 16  # of a word that is looked for
_NUMBER = re.compile(r"\d{3,}")  # a piece for every two digits: a day, the end of a telephone, a room
_TELEPHONE = re.compile(r"1[3-9]\d{9}")
_MOST_OF_NUMBER = 5  # of a bank card or an identity card no more than the number it was taken from
GAP = "\0"  # where something known was taken out: it parts what stands beside it, and is no mark somebody typed


@cache
def readings() -> Mapping[str, int]:
    """Return what is read as a whole, with the number of pieces it counts for."""
    return dict.fromkeys([*_SYLLABLES.split(), *_EVERYDAY.split(), *VALUES], 1)


def runs_begun(text: str) -> str:
    """Leave of what follows the keyboard, the alphabet or a phrase that everybody knows the character it begins with."""
    kept, at = [], 0
    while at < len(text):
        end = at
        while end < len(text) and text[at : end + 1] in _RUNS:
            end += 1
        known = end - at >= (_RUN if text[at : at + _RUN] in _SHORT else _SPELLED_RUN)
        kept.append(text[at] + GAP * known)
        at = end if known else at + 1
    return "".join(kept)


def said_once(text: str) -> str:
    """Take out what just stands there, or was said before: as long as a phrase, so that no syllable is cut in two."""
    kept, at = "", 0
    while at < len(text):
        size = next((n for n in range(len(text) - at, 1, -1) if _is_said(kept, text[at : at + n])), 0)
        kept += GAP if size else text[at]
        at += size or 1
    return kept


def _is_said(before: str, now: str) -> bool:
    return before.endswith(now) or (len(now) >= (_PHRASE if now.isascii() else _RUN) and now in before)


def ways_to_read(text: str) -> set[str]:
    """Return a text as it stands, with what it says twice said once, and without what only stands between its letters.

    That is the one kind of mark there is, or digits that count on: `z.h.a.n.g` and `z1h2a3n4g5` are a syllable each.
    """
    ways = {text, said_once(text)}
    marks = [character for character in text if not character.isalnum()]
    if len(marks) > 1 and len(set(marks)) == 1:
        ways.add(text.replace(marks[0], ""))
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= _RUN and len(runs_begun(digits).replace(GAP, "")) == 1:
        ways.add("".join(character for character in text if not character.isdigit()) + digits[0])
    return ways


def by_kind(text: str) -> str:
    """Read letters, digits and marks each for itself: `a1b2c3` is an alphabet and a count, and nothing more."""
    kinds = (str.isalpha, str.isdigit, lambda character: not character.isalnum() and character != GAP)
    parts = ("".join(character for character, _ in groupby(filter(kind, text))) for kind in kinds)
    return "".join(map(runs_begun, parts)).replace(GAP, "")


def pieces_of(text: str, *, known: Collection[str] = (), common: Collection[str] = ()) -> list[str]:
    """Return the fewest pieces a text in small letters can be read as; a piece said twice in a row counts once.

    `known` are further words of one piece (places), `common` those of lists of stolen passwords, which count for three:
    as much as three characters nobody can guess. One kind of mark only parts the words; of several each is a piece.
    """
    pieces: list[str] = []
    marks: list[str] = []
    for part in re.findall(r"\d{3,}|(?:(?!\d{3})[^\W_])+|[\W_]", text):
        if _NUMBER.fullmatch(part):
            pieces += _number(part)
        elif part[0].isalnum():
            pieces += [word for piece in _beside(_fewest(part, known, common)) for word in piece]
        elif part != GAP and part not in marks:
            marks.append(part)
    pieces += marks if len(marks) > 1 else []
    return [piece for piece, _ in groupby(pieces)]


def _beside(pieces: list[str]) -> Iterator[Collection[str]]:
    """Yield each piece; two letters among single ones as two: chance draws `li` and `an` where nobody meant a syllable."""
    for at, piece in enumerate(pieces):
        near = [*pieces[max(0, at - 1) : at], *pieces[at + 1 : at + 2]]
        drawn = (
            len(piece) == 2
            and all(len(neighbour) == 1 for neighbour in near)
            and any(neighbour.isalpha() for neighbour in near)
        )
        yield piece if drawn and piece.isascii() else [piece]


def _number(digits: str) -> list[str]:
    if _TELEPHONE.fullmatch(digits):
        return [digits]
    return [digits[at : at + 2] for at in range(0, len(digits), 2)][:_MOST_OF_NUMBER]


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
