"""What a rail may carry for now besides being blocked or not: a share of the traffic, without some methods or countries.

Verbs: limiting.limit, limiting.unlimit, limiting.limits. It never says why a contract stands as it does.
"""
