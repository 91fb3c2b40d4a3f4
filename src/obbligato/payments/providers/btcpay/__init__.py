"""BTCPay Server: Bitcoin, on chain and by Lightning, paid to the store itself through a server of its own."""
