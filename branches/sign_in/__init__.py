"""Sign-in: password, second factor, single sign-on, sessions. allauth does it; here is what is the bank's own."""
