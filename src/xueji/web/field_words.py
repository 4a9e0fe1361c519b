"""What the fields of a form say when nothing, too much or something else was typed: in our words, in one place for all forms.

The library's own Chinese is a translation word for word («确保该变量包含至多…»), and speaks of variables to a clerk.
A field that knows better says so itself (`error_messages`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import validators

_CHOICE = {
    "required": "请选择",
    "invalid_choice": "「%(value)s」不在可选的范围内，请重新选择",
    "invalid_list": "请重新选择",
}
_FIELDS: Mapping[type[forms.Field], Mapping[str, str]] = {
    forms.Field: {"required": "请填写"},
    forms.BooleanField: {"required": "请勾选"},
    forms.IntegerField: {"invalid": "请填写整数"},
    forms.FloatField: {"invalid": "请填写数字"},
    forms.DecimalField: {"invalid": "请填写数字"},
    forms.DateField: {"invalid": "请按「年-月-日」填写日期，例如 2026-07-01"},
    forms.ChoiceField: _CHOICE,
    forms.MultipleChoiceField: _CHOICE,
    forms.ModelChoiceField: {"invalid_choice": "所选的不在可选的范围内，请重新选择"},
    forms.FileField: {
        "required": "请选择文件", "invalid": "没有收到文件，请重新选择", "missing": "没有收到文件，请重新选择",
        "empty": "文件是空的，请重新选择", "max_length": "文件名过长，最多 %(max)d 个字，现有 %(length)d 个",
    },
}  # fmt: skip
_VALIDATORS: Mapping[type[Any], str] = {
    validators.MaxLengthValidator: "最多 %(limit_value)d 个字，现有 %(show_value)d 个",
    validators.MinLengthValidator: "至少 %(limit_value)d 个字，现有 %(show_value)d 个",
    validators.MaxValueValidator: "不能大于 %(limit_value)s",
    validators.MinValueValidator: "不能小于 %(limit_value)s",
    validators.RegexValidator: "格式不对，请核对",
    validators.EmailValidator: "电子邮箱的格式不对，请核对",
    validators.ProhibitNullCharactersValidator: "含有不能保存的字符，请重新输入",
}
_DECIMAL = {
    "invalid": "请填写数字", "max_digits": "最多 %(max)s 位数字", "max_decimal_places": "小数最多 %(max)s 位",
    "max_whole_digits": "整数部分最多 %(max)s 位",
}  # fmt: skip


def speak_our_words() -> None:
    """Put our sentences in the place of the library's; once, when the app is ready."""
    for field, words in _FIELDS.items():
        field.default_error_messages = {**vars(field).get("default_error_messages", {}), **words}
    for validator, sentence in _VALIDATORS.items():
        validator.message = sentence
    validators.DecimalValidator.messages = _DECIMAL
