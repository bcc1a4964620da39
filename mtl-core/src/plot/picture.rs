//! A picture as a list of shapes, which do not know where they are drawn.

use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::PlotError;
use super::render;
use crate::error::FileError;

/// A picture, to be saved or embedded.
#[derive(Clone, Debug)]
pub struct Picture {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) shapes: Vec<Shape>,
}

pub(super) type Colour = (u8, u8, u8);

pub(super) const INK: Colour = (34, 34, 34);
pub(super) const FAINT: Colour = (110, 110, 110);
pub(super) const GRID: Colour = (226, 226, 226);
pub(super) const BLUE: Colour = (0, 114, 178);
pub(super) const VERMILLION: Colour = (213, 94, 0);
pub(super) const GREEN: Colour = (0, 158, 115);

/// Okabe and Ito 2008, without the yellow, which is hard to see on white.
pub(super) const COLOURS: [Colour; 7] = [BLUE, VERMILLION, GREEN, (204, 121, 167), (230, 159, 0), (86, 180, 233), (0, 0, 0)];

/// Where a text stands to its point. In the vertical its middle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Line { points: Vec<(f64, f64)>, colour: Colour, width: f64 },
    Rectangle { at: (f64, f64), size: (f64, f64), colour: Colour },
    Dot { at: (f64, f64), radius: f64, colour: Colour, opacity: f64 },
    Text { at: (f64, f64), text: String, size: f64, colour: Colour, anchor: Anchor, upwards: bool },
}

/// The sizes of texts.
pub(super) const SMALL: f64 = 13.0;
pub(super) const NORMAL: f64 = 15.0;
pub(super) const LARGE: f64 = 18.0;

impl Picture {
    pub(super) const fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, colour: Colour, width: f64) {
        self.shapes.push(Shape::Line { points, colour, width });
    }

    /// A line in pieces.
    pub(super) fn dashes(&mut self, points: &[(f64, f64)], colour: Colour, width: f64) {
        const DASH: [f64; 2] = [6.0, 4.0];
        let (mut part, mut left, mut piece) = (0, DASH[0], Vec::new());
        for ends in points.windows(2) {
            let ((x, y), (to_x, to_y)) = (ends[0], ends[1]);
            let length = libm::hypot(to_x - x, to_y - y);
            let mut done = 0.0;
            let at = |done: f64| if length > 0.0 { (x + (to_x - x) * done / length, y + (to_y - y) * done / length) } else { (x, y) };
            while done < length {
                if part == 0 && piece.is_empty() {
                    piece.push(at(done));
                }
                let step = left.min(length - done);
                (done, left) = (done + step, left - step);
                if part == 0 {
                    piece.push(at(done));
                }
                if left <= 0.0 {
                    if part == 0 {
                        self.line(core::mem::take(&mut piece), colour, width);
                    }
                    part = 1 - part;
                    left = DASH[part];
                }
            }
        }
        if piece.len() > 1 {
            self.line(piece, colour, width);
        }
    }

    pub(super) fn rectangle(&mut self, at: (f64, f64), size: (f64, f64), colour: Colour) {
        self.shapes.push(Shape::Rectangle { at, size, colour });
    }

    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, colour: Colour, opacity: f64) {
        self.shapes.push(Shape::Dot { at, radius, colour, opacity });
    }

    pub(super) fn text(&mut self, at: (f64, f64), text: impl Into<String>, size: f64, colour: Colour, anchor: Anchor) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, colour, anchor, upwards: false });
    }

    /// A text that reads from below.
    pub(super) fn text_upwards(&mut self, at: (f64, f64), text: impl Into<String>, size: f64, anchor: Anchor) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, colour: INK, anchor, upwards: true });
    }

    /// The picture as the text of an SVG image.
    #[must_use]
    pub fn to_svg(&self) -> String {
        render::svg(self)
    }

    /// The picture as the bytes of a PNG image, of twice the size in pixels.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        render::png(self).1
    }

    /// Its width and height in pixels as an SVG image.
    #[must_use]
    pub const fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// Saves it as what the name says: `.svg` or `.png`.
    ///
    /// # Errors
    ///
    /// [`PlotError::Format`], or a file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        let is = |ending: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending));
        let written = if is("svg") {
            std::fs::write(path, self.to_svg())
        } else if is("png") {
            std::fs::write(path, self.to_png())
        } else {
            return Err(PlotError::Format { path: path.into() });
        };
        Ok(written.map_err(FileError::of(path))?)
    }
}

/// How wide a text is.
pub(super) fn width(text: &str, size: f64) -> f64 {
    render::text_size(text, size).0
}

/// A text cut to a width, with dots where something is missing.
pub(super) fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.into();
    }
    let mut letters: Vec<char> = text.chars().collect();
    while letters.len() > 1 {
        letters.pop();
        let short: String = letters.iter().chain(['…'].iter()).collect();
        if width(&short, size) <= most {
            return short;
        }
    }
    text.chars().take(1).collect()
}

impl Shape {
    /// To the right.
    pub(super) fn moved(mut self, right: f64) -> Self {
        match &mut self {
            Self::Line { points, .. } => points.iter_mut().for_each(|point| point.0 += right),
            Self::Rectangle { at, .. } | Self::Dot { at, .. } | Self::Text { at, .. } => at.0 += right,
        }
        self
    }
}
