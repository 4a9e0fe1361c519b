"""Two exports of one province for the bench: 20 columns, faults in known numbers, made by arithmetic from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SUM = " + ".join(f"substr(s, {place}, 1)::int * {weight}" for place, weight in enumerate(_WEIGHTS, start=1))
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波宇欣雨晨子涵梓轩浩然思琪佳怡"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_PROGRAMMES = (
    "护理",
    "学前教育",
    "会计事务",
    "机电技术应用",
    "计算机应用",
    "汽车运用与维修",
    "电子商务",
    "旅游服务与管理",
)


@dataclass(frozen=True)
class Planted:
    """What was put into the two files, and must be found again."""

    rows: int
    differing: int
    missing_here: int
    missing_there: int
    number_wrong: int
    superseded: int


def write_exports(folder: Path, count: int, seed: int) -> tuple[Path, Path, Planted]:
    """Write two CSV files of `count` people each; of 10,000 people 101 differ, 50 stand on one side, 7 have another number."""
    with duckdb.connect(":memory:", config={"temp_directory": "", "threads": 2}) as connection:
        connection.execute(_PEOPLE, {"count": count, "seed": seed})
        here, other = folder / "本省系统.csv", folder / "全国系统.csv"
        connection.execute(f"COPY (SELECT * EXCLUDE (n) FROM people WHERE n % 10000 NOT BETWEEN 200 AND 249 ORDER BY n) TO '{here}' (HEADER)")  # fmt: skip
        connection.execute(f"COPY ({_OTHER_SIDE}) TO '{other}' (HEADER)")
    of = {n: sum(1 for i in range(10000) if low <= i < high) * count // 10000 for n, (low, high) in _PLANTED.items()}
    return (
        here,
        other,
        Planted(count, of["differing"], of["missing_here"], of["missing_there"], of["number_wrong"], of["superseded"]),
    )


# of each 10,000 people, by the last four digits of their place in the register
_PLANTED = {
    "missing_here": (200, 250),
    "missing_there": (250, 300),
    "differing": (300, 401),
    "number_wrong": (401, 405),
    "superseded": (405, 408),
}
# People 405 to 407 of each 10,000 were born before 2000, so that an old number of fifteen digits can be theirs.
_PEOPLE = f"""
CREATE TABLE people AS
WITH drawn AS (
  SELECT n, hash(n, $seed::BIGINT) AS h, hash(n, $seed::BIGINT, 1) AS k FROM range($count::BIGINT) t(n)
), numbered AS (
  SELECT n, h, k,
    (410100 + (n // 1000000) % 18 * 100 + 2 + h % 9)::VARCHAR
      || strftime((CASE WHEN n % 10000 BETWEEN 405 AND 407 THEN DATE '1985-01-01' ELSE DATE '2005-01-01' END) + (n % 1000)::INT, '%Y%m%d')
      || lpad((n // 1000 % 1000)::VARCHAR, 3, '0') AS s FROM drawn
)
SELECT n,
  s || substr('10X98765432', (({_SUM}) % 11 + 1)::INT, 1) AS 身份证件号,
  substr('{_SURNAMES}', (h % {len(_SURNAMES)} + 1)::INT, 1) || substr('{_GIVEN}', (k % {len(_GIVEN)} + 1)::INT, 1)
    || substr('{_GIVEN}', (k // 97 % {len(_GIVEN)} + 1)::INT, 1) AS 姓名,
  CASE WHEN substr(s, 17, 1)::int % 2 = 1 THEN '男' ELSE '女' END AS 性别,
  substr(s, 7, 8) AS 出生日期, '居民身份证' AS 身份证件类型,
  '36' || lpad((n // 600 % 100000)::VARCHAR, 8, '0') AS 学校代码,
  ((2023 + n % 3)::VARCHAR || '级' || (n % 20 + 1)::VARCHAR || '班') AS 班级名称,
  '2023' || lpad(n::VARCHAR, 9, '0') AS 学号, '全日制' AS 学习形式, '统一招生考试/普通入学' AS 入学方式,
  CASE WHEN h % 3 = 0 THEN '走读' ELSE '住校' END AS 就读方式, substr(s, 1, 6) AS 生源地行政区划码,
  (2023 + n % 3)::VARCHAR || '09' AS 入学年月,
  CASE h % 8 {" ".join(f"WHEN {i} THEN '{name}'" for i, name in enumerate(_PROGRAMMES))} END AS 专业简称,
  '三年制' AS 学制, '汉族' AS 民族, '共青团员' AS 政治面貌, '应届初中毕业生' AS 招生对象,
  '13' || lpad((k % 1000000000)::VARCHAR, 9, '0') AS 联系电话, '在读' AS 学生状态
FROM numbered
"""
_OTHER_SIDE = """
SELECT * EXCLUDE (n) REPLACE (
  CASE WHEN n % 10000 BETWEEN 401 AND 404 THEN substr(身份证件号, 1, 17)
         || CASE WHEN substr(身份证件号, 18, 1) = '1' THEN '2' ELSE '1' END
       WHEN n % 10000 BETWEEN 405 AND 407 THEN substr(身份证件号, 1, 6) || substr(身份证件号, 9, 9)
       ELSE 身份证件号 END AS 身份证件号,
  CASE WHEN n % 10000 BETWEEN 300 AND 339 THEN 专业简称 || '（高职方向）' ELSE 专业简称 END AS 专业简称,
  CASE WHEN n % 10000 BETWEEN 340 AND 379 THEN '休学' ELSE 学生状态 END AS 学生状态,
  CASE WHEN n % 10000 BETWEEN 380 AND 400 THEN NULL ELSE 联系电话 END AS 联系电话
) FROM people WHERE n % 10000 NOT BETWEEN 250 AND 299 ORDER BY (n * 7919) % 1500007
"""
