"""Xueji (学籍): student status and diplomas of Chinese secondary vocational schools."""
