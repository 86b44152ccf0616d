"""Training, quantisation and export of fieldzip's networks."""
