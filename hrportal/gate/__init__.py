"""In front of Django: a request is handed over when it has arrived, and until then holds no thread."""
