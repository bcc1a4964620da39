//! The weights of a layer as images.

use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::picture::{Anchor, INK, LARGE, SMALL, width};
use super::{Picture, PlotError};
use crate::kernel::scalar::Scalar;
use crate::model::Model;

/// How many units are drawn.
const MOST: usize = 64;

/// An image for each unit.
pub(super) fn kernels<M: Model>(model: &M, tensor: &str, [height, across]: [usize; 2]) -> Result<Picture, PlotError> {
    let error = |problem: String| PlotError::Kernel { tensor: tensor.to_owned(), problem };
    let Some(info) = M::PARAMETERS.iter().find(|info| info.path == tensor) else {
        let kernels: Vec<String> = M::PARAMETERS.iter().filter(|info| info.shape.len() > 1).map(|info| format!("`{}`", info.path)).collect();
        return Err(error(format!("`{}` has {}", M::NAME, kernels.join(", "))));
    };
    let pixels = height * across;
    let (inputs, units) = match *info.shape {
        [inputs, units] => (inputs, units),
        [rows, columns, channels, units] if [rows, columns] == [height, across] => (rows * columns * channels, units),
        _ => return Err(error(format!("its shape is {:?}", info.shape))),
    };
    if pixels == 0 || !inputs.is_multiple_of(pixels) {
        return Err(error(format!("its shape {:?} has no weights for images of {height} × {across}", info.shape)));
    }
    let channels = inputs / pixels;
    let weights = &model.as_slice()[info.offset..info.offset + info.len];
    let weight = |pixel: usize, unit: usize| {
        let channels_of = (0..channels).map(|channel| weights[(pixel * channels + channel) * units + unit].to_f64());
        channels_of.sum::<f64>() / channels as f64
    };

    let shown = units.min(MOST);
    let columns = shown.min(if shown > 32 { 16 } else { 8 });
    let dot = (48.0 / height.max(across) as f64).max(1.0);
    let (cell_width, cell_height) = (dot * across as f64 + 6.0, dot * height as f64 + 6.0);
    let title = if shown < units { format!("{tensor}, the first {shown} of {units} units") } else { tensor.to_owned() };
    let (left, top) = (18.0, 52.0);
    let total = (2.0 * left + columns as f64 * cell_width).max(2.0 * left + width(&title, LARGE)).max(230.0);
    let mut picture = Picture::new(libm::ceil(total), libm::ceil(top + shown.div_ceil(columns) as f64 * cell_height + left + 18.0));
    picture.text((left, 26.0), title, LARGE, INK, Anchor::Left);
    for unit in 0..shown {
        let (x, y) = (left + (unit % columns) as f64 * cell_width, top + (unit / columns) as f64 * cell_height);
        let largest = (0..pixels).map(|pixel| weight(pixel, unit).abs()).fold(f64::MIN_POSITIVE, f64::max);
        for pixel in 0..pixels {
            let at = (x + (pixel % across) as f64 * dot, y + (pixel / across) as f64 * dot);
            picture.rectangle(at, (dot, dot), diverging(weight(pixel, unit) / largest));
        }
    }
    let below = picture.height - 22.0;
    let mut x = left;
    for (value, text) in [(-1.0, "below 0"), (0.0, "0"), (1.0, "above 0")] {
        picture.rectangle((x, below - 6.0), (12.0, 12.0), diverging(value));
        picture.text((x + 18.0, below), text, SMALL, INK, Anchor::Left);
        x += 36.0 + width(text, SMALL);
    }
    Ok(picture)
}

/// From orange by a light grey to blue.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a byte, which saturates")]
fn diverging(value: f64) -> (u8, u8, u8) {
    let end = if value < 0.0 { [213.0, 94.0, 0.0] } else { [0.0, 92.0, 150.0] };
    let mix = |to: f64| (242.0 + (to - 242.0) * value.abs().min(1.0)) as u8;
    (mix(end[0]), mix(end[1]), mix(end[2]))
}
