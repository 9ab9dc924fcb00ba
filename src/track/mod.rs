//! State that lives longer than a packet: calls, transactions, streams.
