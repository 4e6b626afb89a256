"""What somebody typed and could not send waits until they see it again: on its page, or at its top."""
