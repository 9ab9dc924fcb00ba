//! Programs of the classic BSD packet filter, and the machine that runs them
//! (McCanne and Jacobson, "The BSD Packet Filter", 1993; bpf(4)).
//!
//! libpcap has such a machine too, but the way to it (of the `pcap` crate)
//! takes a cut frame for a whole one, and `greater 1000` for one of the bytes
//! that were captured.

/// Words of scratch memory.
const MEMORY: usize = 16;

/// Steps of a run at most. Only `protochain` compiles to a loop, which ends
/// when the headers of the frame do.
const MAX_STEPS: usize = 1 << 16;

/// A program; it accepts nothing when it goes beyond its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Program(Vec<Instruction>);

/// An instruction with its fields as they are named in bpf(4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Instruction {
    operation: Operation,
    jt: u8,
    jf: u8,
    k: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operation {
    /// Into the accumulator.
    Load(Value),
    /// Into the index register.
    LoadIndex(Value),
    /// The accumulator to memory.
    Store,
    /// The index register to memory.
    StoreIndex,
    /// The accumulator, changed.
    Compute(Arithmetic, Operand),
    Negate,
    Jump,
    JumpIf(Test, Operand),
    Return(Operand),
    ReturnAccumulator,
    /// The accumulator to the index register.
    ToIndex,
    /// The index register to the accumulator.
    FromIndex,
}

/// What is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Value {
    Constant,
    Memory,
    /// The length of the frame on the wire.
    Length,
    /// So many bytes of the frame at `k`.
    At(u8),
    /// So many bytes of the frame at `k` after the index register.
    After(u8),
    /// The length of the IPv4 header at `k`.
    HeaderLength,
}

/// With what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operand {
    Constant,
    Index,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Or,
    And,
    Lsh,
    Rsh,
    Mod,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Test {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

impl Program {
    /// Reads instructions of the form `code jt jf k`, in decimal.
    pub(super) fn read(instructions: impl Iterator<Item = String>) -> Option<Self> {
        let read = |text: String| {
            let mut fields = text.split_ascii_whitespace().map(str::parse::<u32>);
            let mut field = || fields.next()?.ok();
            let (code, jt, jf, k) = (field()?, field()?, field()?, field()?);
            let operation = Operation::of(u16::try_from(code).ok()?)?;
            Some(Instruction { operation, jt: jt.try_into().ok()?, jf: jf.try_into().ok()?, k })
        };
        instructions.map(read).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a frame is accepted, of which `bytes` of `wire_len` were captured.
    pub(super) fn accepts(&self, bytes: &[u8], wire_len: u32) -> bool {
        self.run(bytes, wire_len).is_some_and(|accepted| accepted > 0)
    }

    /// What the program returns; `None` when it reaches beyond the frame, or
    /// does what cannot be done.
    fn run(&self, bytes: &[u8], wire_len: u32) -> Option<u32> {
        let (mut accumulator, mut index) = (0_u32, 0_u32);
        let mut memory = [0_u32; MEMORY];
        let mut at = 0_usize;
        for _ in 0..MAX_STEPS {
            let Instruction { operation, jt, jf, k } = *self.0.get(at)?;
            at += 1;
            let operand = |operand| if operand == Operand::Index { index } else { k };
            let loaded = |value| match value {
                Value::Constant => Some(k),
                Value::Memory => memory.get(k as usize).copied(),
                Value::Length => Some(wire_len),
                Value::At(size) => number(bytes, k, size),
                Value::After(size) => number(bytes, k.checked_add(index)?, size),
                Value::HeaderLength => Some(4 * (number(bytes, k, 1)? & 0xf)),
            };
            match operation {
                Operation::Load(value) => accumulator = loaded(value)?,
                Operation::LoadIndex(value) => index = loaded(value)?,
                Operation::Store => *memory.get_mut(k as usize)? = accumulator,
                Operation::StoreIndex => *memory.get_mut(k as usize)? = index,
                Operation::Compute(how, with) => {
                    accumulator = how.of(accumulator, operand(with))?;
                }
                Operation::Negate => accumulator = accumulator.wrapping_neg(),
                // Backwards too.
                Operation::Jump => at = at.checked_add_signed(k.cast_signed().try_into().ok()?)?,
                Operation::JumpIf(test, with) => {
                    let holds = test.holds(accumulator, operand(with));
                    at += usize::from(if holds { jt } else { jf });
                }
                Operation::Return(with) => return Some(operand(with)),
                Operation::ReturnAccumulator => return Some(accumulator),
                Operation::ToIndex => index = accumulator,
                Operation::FromIndex => accumulator = index,
            }
        }
        None
    }
}

/// The big-endian number of so many bytes at `at`.
fn number(bytes: &[u8], at: u32, size: u8) -> Option<u32> {
    let bytes = bytes.get(at as usize..)?.get(..size.into())?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

impl Arithmetic {
    fn of(self, left: u32, right: u32) -> Option<u32> {
        Some(match self {
            Self::Add => left.wrapping_add(right),
            Self::Sub => left.wrapping_sub(right),
            Self::Mul => left.wrapping_mul(right),
            Self::Div => left.checked_div(right)?,
            Self::Mod => left.checked_rem(right)?,
            Self::Or => left | right,
            Self::And => left & right,
            Self::Xor => left ^ right,
            Self::Lsh => left.checked_shl(right).unwrap_or(0),
            Self::Rsh => left.checked_shr(right).unwrap_or(0),
        })
    }
}

impl Test {
    const fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::AnyBit => left & right != 0,
        }
    }
}

impl Operation {
    /// The operation of a code: class in the lowest three bits, then what the
    /// class has, as in the BPF header of the BSDs.
    const fn of(code: u16) -> Option<Self> {
        let operand = if code & 0x08 == 0 { Operand::Constant } else { Operand::Index };
        Some(match (code & 0x07, code & !0x07) {
            (0 | 1, rest) => {
                let size = match code & 0x18 {
                    0x00 => 4,
                    0x08 => 2,
                    0x10 => 1,
                    _ => return None,
                };
                let value = match (rest & !0x18, code & 0x07) {
                    (0x00, _) => Value::Constant,
                    (0x20, 0) => Value::At(size),
                    (0x40, 0) => Value::After(size),
                    (0x60, _) => Value::Memory,
                    (0x80, _) => Value::Length,
                    (0xa0, 1) => Value::HeaderLength,
                    _ => return None,
                };
                match code & 0x07 {
                    0 => Self::Load(value),
                    _ => Self::LoadIndex(value),
                }
            }
            (2, 0) => Self::Store,
            (3, 0) => Self::StoreIndex,
            (4, 0x80) => Self::Negate,
            (4, rest) => Self::Compute(
                match rest & !0x08 {
                    0x00 => Arithmetic::Add,
                    0x10 => Arithmetic::Sub,
                    0x20 => Arithmetic::Mul,
                    0x30 => Arithmetic::Div,
                    0x40 => Arithmetic::Or,
                    0x50 => Arithmetic::And,
                    0x60 => Arithmetic::Lsh,
                    0x70 => Arithmetic::Rsh,
                    0x90 => Arithmetic::Mod,
                    0xa0 => Arithmetic::Xor,
                    _ => return None,
                },
                operand,
            ),
            (5, 0) => Self::Jump,
            (5, rest) => Self::JumpIf(
                match rest & !0x08 {
                    0x10 => Test::Equal,
                    0x20 => Test::Greater,
                    0x30 => Test::GreaterOrEqual,
                    0x40 => Test::AnyBit,
                    _ => return None,
                },
                operand,
            ),
            (6, 0x10) => Self::ReturnAccumulator,
            (6, 0x00 | 0x08) => Self::Return(operand),
            (7, 0x00) => Self::ToIndex,
            (7, 0x80) => Self::FromIndex,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Option<Program> {
        Program::read(text.split(", ").map(str::to_owned))
    }

    /// What a program returns for the frame 00 01 02 ... 0f, of 1,500 bytes on the wire.
    fn returns(text: &str) -> Option<u32> {
        let frame: Vec<u8> = (0..16).collect();
        program(text).unwrap().run(&frame, 1_500)
    }

    const LD: &str = "0 0 0";
    const LDX: &str = "1 0 0";
    const RET_A: &str = "22 0 0 0";

    #[test]
    fn loads() {
        assert_eq!(returns(&format!("{LD} 7, {RET_A}")), Some(7));
        assert_eq!(returns(&format!("32 0 0 2, {RET_A}")), Some(0x0203_0405));
        assert_eq!(returns(&format!("40 0 0 2, {RET_A}")), Some(0x0203));
        assert_eq!(returns(&format!("48 0 0 2, {RET_A}")), Some(2));
        assert_eq!(returns(&format!("{LDX} 5, 80 0 0 2, {RET_A}")), Some(7));
        assert_eq!(returns(&format!("128 0 0 0, {RET_A}")), Some(1_500));
        assert_eq!(returns("177 0 0 15, 135 0 0 0, 22 0 0 0"), Some(60));
        assert_eq!(returns(&format!("{LD} 9, 2 0 0 15, 97 0 0 15, 14 0 0 0")), Some(9));
    }

    #[test]
    fn nothing_beyond_the_frame_or_the_memory_is_loaded() {
        assert_eq!(returns(&format!("32 0 0 12, {RET_A}")), Some(0x0c0d_0e0f));
        for beyond in ["32 0 0 13", "48 0 0 16", "40 0 0 4294967295", "96 0 0 16", "2 0 0 16"] {
            assert_eq!(returns(&format!("{beyond}, {RET_A}")), None, "{beyond}");
        }
        assert_eq!(returns(&format!("{LDX} 4294967295, 80 0 0 2, {RET_A}")), None);
        assert_eq!(returns(&format!("{LDX} 14, 72 0 0 1, {RET_A}")), None);
    }

    #[test]
    fn arithmetic_wraps_and_never_divides_by_nothing() {
        let compute = |code, right| returns(&format!("{LD} 100, {code} 0 0 {right}, {RET_A}"));
        assert_eq!(compute(4, u32::MAX), Some(99));
        assert_eq!(compute(20, 101), Some(u32::MAX));
        assert_eq!(compute(36, 1 << 31), Some(0));
        assert_eq!((compute(52, 7), compute(52, 0)), (Some(14), None));
        assert_eq!((compute(148, 7), compute(148, 0)), (Some(2), None));
        assert_eq!(
            (compute(68, 3), compute(84, 6), compute(164, 6)),
            (Some(103), Some(4), Some(98))
        );
        assert_eq!((compute(100, 1), compute(100, 32)), (Some(200), Some(0)));
        assert_eq!((compute(116, 1), compute(116, 40)), (Some(50), Some(0)));
        assert_eq!(compute(132, 0), Some(100_u32.wrapping_neg()));
        let with_index = format!("{LD} 100, {LDX} 3, 12 0 0 50, {RET_A}");
        assert_eq!(returns(&with_index), Some(103));
    }

    #[test]
    fn jumps() {
        let jump = |code, right| {
            returns(&format!("{LD} 10, {code} 0 1 {right}, 6 0 0 1, 6 0 0 2")).unwrap() == 1
        };
        assert!(jump(21, 10) && !jump(21, 11), "equal");
        assert!(jump(37, 9) && !jump(37, 10), "greater");
        assert!(jump(53, 10) && !jump(53, 11), "greater or equal");
        assert!(jump(69, 2) && !jump(69, 5), "a bit");
        assert_eq!(returns("5 0 0 1, 6 0 0 1, 6 0 0 2"), Some(2));
    }

    #[test]
    fn a_program_ends() {
        assert_eq!(returns("5 0 0 4294967295"), None, "a loop");
        assert_eq!(returns("5 0 0 4294967290"), None, "before the beginning");
        assert_eq!(returns("5 0 0 2147483647"), None, "beyond the end");
        assert_eq!(returns("0 0 0 1"), None, "without a result");
        assert!(!Program(Vec::new()).accepts(&[], 0));
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for text in ["", "0 0 0", "0 256 0 0", "0 0 0 x", "65536 0 0 0", "24 0 0 0"] {
            assert_eq!(program(text), None, "{text}");
        }
        for code in [24, 33, 65, 160, 192, 10, 11, 180, 196, 85, 30, 15, 143] {
            assert_eq!(Operation::of(code), None, "{code}");
        }
    }
}
