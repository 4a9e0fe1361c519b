"""Pages for anybody: check a certificate, learn how. They see nothing but `lookup`."""
