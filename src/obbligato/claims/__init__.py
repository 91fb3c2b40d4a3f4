"""What others say of the catalogue: claims of rights-holders, decisions about them, orders of courts and authorities.

An allegation closes nothing; a decision with reasons, or an order in force, closes exactly its scope.
"""
