//! Lists that mostly have one or two elements, of which there are as many as
//! calls: they begin with room for that, and not for four.

/// Appends to a list; its first elements take no more room than they need.
pub(super) fn push<T>(list: &mut Vec<T>, element: T) {
    if list.len() == list.capacity() && list.len() < 4 {
        list.reserve_exact(list.len().max(1));
    }
    list.push(element);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lists_take_little_room() {
        let mut list = Vec::new();
        let room: Vec<usize> = (0..5)
            .map(|element| {
                push(&mut list, element);
                list.capacity()
            })
            .collect();
        assert_eq!(room[..4], [1, 2, 4, 4]);
        assert_eq!(list, [0, 1, 2, 3, 4]);
    }
}
