"""What is owed by when: by whom, from which clause of the pack, done by whom and with which evidence."""
