"""A page of the demo with every state of the customer's page, for whoever designs it.

The rows are made up and nothing is in the database; templates, sentences and the code
that decides are the real ones.
"""
