"""What the law says of student status (学籍): how long studies last, which changes are allowed, who decides, until when."""
