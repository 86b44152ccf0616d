"""The predict codec's network: what it is trained on, how, and the file that the native coder reads."""
