//! The summary of a model as text: what Keras's `model.summary()` prints.

use core::fmt::{self, Display, Formatter, Write};

use crate::model::record::FieldKind;
use crate::model::sets::HeadSet;
use crate::model::{Columns, InputInfo, LayerInfo, Model};
use crate::pass::{TILE, Tile};

/// Writes the summary of a model: a line for each layer, and the totals.
///
/// # Errors
///
/// Those of the formatter.
pub fn write<M: Model>(formatter: &mut Formatter<'_>) -> fmt::Result {
    let header = ["layer", "step", "output", "parameters", "mul-adds", "from", "heads"];
    let mut widths = header.map(str::len);
    for layer in M::LAYERS {
        for (column, width) in widths.iter_mut().enumerate() {
            *width = (*width).max(length(&Cell::<M> { layer, column, model: core::marker::PhantomData }));
        }
    }
    writeln!(formatter, "{}", M::NAME)?;
    for (column, (title, width)) in header.iter().zip(widths).enumerate() {
        let gap = if column + 1 == header.len() { "\n" } else { "  " };
        let width = if column + 1 == header.len() { 0 } else { width };
        if is_number(column) { write!(formatter, "{title:>width$}{gap}")? } else { write!(formatter, "{title:<width$}{gap}")? }
    }
    for layer in M::LAYERS {
        for (column, width) in widths.into_iter().enumerate() {
            let cell = Cell::<M> { layer, column, model: core::marker::PhantomData };
            let padding = width - length(&cell);
            let last = column + 1 == header.len();
            if is_number(column) {
                write!(formatter, "{:padding$}{cell}", "")?;
            } else {
                write!(formatter, "{cell}")?;
                if !last {
                    write!(formatter, "{:padding$}", "")?;
                }
            }
            formatter.write_str(if last { "\n" } else { "  " })?;
        }
    }
    writeln!(formatter, "parameters: {} ({} trainable), {} bytes of weights", M::PARAMETER_COUNT, M::TRAINABLE_COUNT, M::WEIGHT_BYTES)?;
    writeln!(formatter, "multiply-adds for one prediction: {}", M::MULTIPLY_ADDS)?;
    write!(formatter, "workspace: {} bytes to predict one row, {} bytes to train on tiles of {}", M::PREDICT_BYTES, Tile::<M>::BYTES, TILE)
}

const fn is_number(column: usize) -> bool {
    column == 3 || column == 4
}

struct Cell<'a, M> {
    layer: &'a LayerInfo,
    column: usize,
    model: core::marker::PhantomData<M>,
}

impl<M: Model> Display for Cell<'_, M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let layer = self.layer;
        match self.column {
            0 => formatter.write_str(layer.name),
            1 => formatter.write_str(layer.kind),
            2 => {
                formatter.write_char('[')?;
                for (number, size) in layer.output.iter().enumerate() {
                    if number > 0 {
                        formatter.write_str(", ")?;
                    }
                    write!(formatter, "{size}")?;
                }
                formatter.write_char(']')
            }
            3 => write!(formatter, "{}", layer.parameters),
            4 => write!(formatter, "{}", layer.multiply_adds),
            5 => {
                if let Some(input) = M::INPUTS.iter().find(|input| input.name == layer.name && layer.from.is_empty()) {
                    return columns(formatter, input);
                }
                few(formatter, layer.from.len(), &|number| layer.from[number])
            }
            _ => heads::<M>(formatter, layer.heads),
        }
    }
}

/// What an input is read from: its columns by name, or its categories.
fn columns(formatter: &mut Formatter<'_>, input: &InputInfo) -> fmt::Result {
    match input.columns {
        Columns::Named([column]) if !column.categories.is_empty() => few(formatter, column.categories.len(), &|number| column.categories[number]),
        Columns::Named([column]) if column.name == input.name => match (input.kind, column.unknown) {
            (FieldKind::Class { .. }, Some(known)) => write!(formatter, "below {known}, or unknown"),
            (FieldKind::Class { classes }, None) => write!(formatter, "class below {classes}"),
            (FieldKind::Real { .. }, _) => Ok(()),
        },
        Columns::Named(columns) => few(formatter, columns.len(), &|number| columns[number].name),
        Columns::Numbered { .. } => Ok(()),
    }
}

fn heads<M: Model>(formatter: &mut Formatter<'_>, set: HeadSet) -> fmt::Result {
    if set.len() == M::HEADS.len() && set.len() > 1 {
        return formatter.write_str("all");
    }
    let nth = |place: usize| (0..M::HEADS.len()).filter(|&head| set.contains(head)).nth(place).map_or("", |head| M::HEADS[head].name);
    few(formatter, set.len(), &nth)
}

/// Names with commas between them, as far as a column of the table is wide, and how many there are where that is not far enough.
fn few(formatter: &mut Formatter<'_>, count: usize, name: &dyn Fn(usize) -> &'static str) -> fmt::Result {
    /// How wide the column is, but for a first name that is longer.
    const WIDTH: usize = 20;
    let mut width = 0;
    for number in 0..count {
        let name = name(number);
        width += name.len() + if number == 0 { 0 } else { 2 };
        if number > 0 && width > WIDTH {
            return write!(formatter, ", .. {count}");
        }
        if number > 0 {
            formatter.write_str(", ")?;
        }
        formatter.write_str(name)?;
    }
    Ok(())
}

/// The number of characters that a value prints, without an allocator.
fn length(value: &impl Display) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.chars().count();
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting cannot fail.
    let _ = write!(count, "{value}");
    count.0
}
