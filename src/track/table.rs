//! What hash tables take.

/// Bytes of a table of so many entries of that size, about: told from their
/// number, as the room that a table has left depends on how its entries are spread.
pub(super) fn bytes(len: usize, entry: usize) -> usize {
    // Seven of eight buckets are used before there are twice as many, and each has
    // a byte of its own.
    let buckets = (len + len / 7).max(1).next_power_of_two();
    if len == 0 { 0 } else { buckets * (entry + 1) }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_table_takes_what_its_buckets_take() {
        for len in [0, 1, 7, 8, 100, 10_000] {
            let mut table = hashbrown::HashMap::new();
            table.extend((0..len).map(|key| (key as u64, [0_u8; 24])));
            let real = table.allocation_size();
            let told = bytes(len, 32);
            assert!(told <= real + 32 && real <= 2 * told + 256, "{len}: {told} for {real}");
        }
    }
}
