//! A place in a list that is longer than the screen.

use std::ops::Range;

/// A cursor in a list, and the row at the top of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct List {
    /// The row that the cursor is on.
    pub cursor: usize,
    /// The first row shown.
    pub top: usize,
}

/// A movement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// To the row before.
    Up,
    /// To the next row.
    Down,
    /// A screen back.
    PageUp,
    /// A screen on.
    PageDown,
    /// Half a screen back.
    HalfUp,
    /// Half a screen on.
    HalfDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl List {
    /// Moves the cursor in a list of `total` rows of which `height` are shown.
    pub fn step(&mut self, step: Step, total: usize, height: usize) {
        let page = height.max(1);
        self.cursor = match step {
            Step::Up => self.cursor.saturating_sub(1),
            Step::Down => self.cursor.saturating_add(1),
            Step::PageUp => self.cursor.saturating_sub(page),
            Step::PageDown => self.cursor.saturating_add(page),
            Step::HalfUp => self.cursor.saturating_sub((page / 2).max(1)),
            Step::HalfDown => self.cursor.saturating_add((page / 2).max(1)),
            Step::First => 0,
            Step::Last => total,
        };
        self.settle(total, height);
    }

    /// Puts the cursor on a row.
    pub fn go(&mut self, row: usize, total: usize, height: usize) {
        self.cursor = row;
        self.settle(total, height);
    }

    /// Keeps the cursor in the list and on the screen.
    pub fn settle(&mut self, total: usize, height: usize) {
        self.cursor = self.cursor.min(total.saturating_sub(1));
        self.top = self.window(total, height).start;
    }

    /// The rows shown: around the cursor, moved as little as can be.
    pub fn window(&self, total: usize, height: usize) -> Range<usize> {
        let height = height.max(1);
        let cursor = self.cursor.min(total.saturating_sub(1));
        let least = (cursor + 1).saturating_sub(height);
        let most = cursor.min(total.saturating_sub(height));
        let top = self.top.clamp(least.min(most), most);
        top..(top + height).min(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_screen() {
        let mut list = List::default();
        list.step(Step::PageDown, 100, 10);
        assert_eq!((list.cursor, list.top), (10, 1));
        list.step(Step::Last, 100, 10);
        assert_eq!((list.cursor, list.top), (99, 90));
        list.step(Step::Up, 100, 10);
        assert_eq!((list.cursor, list.top), (98, 90));
        list.step(Step::First, 100, 10);
        assert_eq!((list.cursor, list.top), (0, 0));
    }

    #[test]
    fn a_list_may_shrink_or_be_empty() {
        let mut list = List { cursor: 50, top: 45 };
        list.settle(3, 10);
        assert_eq!((list.cursor, list.top), (2, 0));
        list.step(Step::Down, 0, 10);
        assert_eq!((list.cursor, list.window(0, 10)), (0, 0..0));
    }
}
