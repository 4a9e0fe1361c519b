"""Replacement certificates (学历证明书): the queue of what is to be printed, their making on the one production line, seal and delivery."""
