"""The networks of interpolation (a form of the predict codec): what they are trained on, how, and the file that the native coder reads."""
