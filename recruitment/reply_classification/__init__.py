"""What a candidate's sentence means: rules, a small classifier, and when neither is enough. Pure."""
