"""What a rail may carry for now where it is not blocked: a share of the traffic, without some methods or countries.

Verbs: limiting.limit, limiting.unlimit, limiting.limits. It never says why a contract stands as it does.
"""
