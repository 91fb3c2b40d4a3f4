"""One folder per provider. Each answers to contract.Provider; only payments.registry imports them."""
