//! Shapes as SVG and PNG.

use std::string::String;
use std::sync::Once;
use std::vec::Vec;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, register_font};

use super::picture::{Anchor, Picture, Shape};

/// The font, which stands in the program: none of the system is asked for. In an SVG image it is the reader's.
static FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
const FAMILY: &str = "sans-serif";

fn font(size: f64) -> FontDesc<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // The file is a font, as the tests of pictures show.
        let _ = register_font(FAMILY, FontStyle::Normal, FONT);
    });
    (FAMILY, size).into_font()
}

/// The width and the height of a text.
pub(super) fn text_size(text: &str, size: f64) -> (f64, f64) {
    let (width, height) = font(4.0 * size).box_size(text).unwrap_or_default();
    (f64::from(width) / 4.0, f64::from(height) / 4.0)
}

/// How far below its middle a text is drawn, by its size: the middle of a bitmap's text counts what letters have below the line, that of SVG hardly.
const LOWER: [f64; 2] = [0.12, 0.04];

/// SVG is drawn so many times larger, as plotters knows whole pixels only, and said to be smaller again.
const FINE: f64 = 4.0;

pub(super) fn svg(picture: &Picture) -> String {
    let mut text = String::new();
    let size = pixels(picture, FINE);
    let drawn = draw(picture, SVGBackend::with_string(&mut text, size).into_drawing_area(), FINE, LOWER[1]);
    debug_assert!(drawn.is_ok(), "writing to a string does not fail");
    let large = std::format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let small = std::format!("width=\"{}\" height=\"{}\"", picture.width, picture.height);
    text.replacen(&large, &small, 1)
}

/// The size in pixels, and the file.
pub(super) fn png(picture: &Picture) -> ((u32, u32), Vec<u8>) {
    let (width, height) = pixels(picture, 2.0);
    let mut pixels = std::vec![255; 3 * width as usize * height as usize];
    let drawn = draw(picture, BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(), 2.0, LOWER[0]);
    debug_assert!(drawn.is_ok(), "drawing into memory does not fail");
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    ((width, height), file)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
fn pixels(picture: &Picture, scale: f64) -> (u32, u32) {
    ((picture.width * scale) as u32, (picture.height * scale) as u32)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
fn draw<DB: DrawingBackend>(
    picture: &Picture,
    area: DrawingArea<DB, plotters::coord::Shift>,
    scale: f64,
    lower: f64,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&WHITE)?;
    let place = |(x, y): (f64, f64)| (libm::round(x * scale) as i32, libm::round(y * scale) as i32);
    let colour = |&(red, green, blue): &(u8, u8, u8)| RGBColor(red, green, blue);
    for shape in &picture.shapes {
        match shape {
            Shape::Line { points, colour: ink, width } => {
                let style = colour(ink).stroke_width((width * scale).max(1.0) as u32);
                area.draw(&PathElement::new(points.iter().copied().map(place).collect::<Vec<_>>(), style))?;
            }
            Shape::Rectangle { at: (x, y), size: (width, height), colour: ink } => {
                area.draw(&Rectangle::new([place((*x, *y)), place((x + width, y + height))], colour(ink).filled()))?;
            }
            Shape::Dot { at, radius, colour: ink, opacity } => {
                area.draw(&Circle::new(place(*at), (radius * scale).max(1.0) as u32, colour(ink).mix(*opacity).filled()))?;
            }
            Shape::Text { at, text, size, colour: ink, anchor, upwards } => {
                let across = match anchor {
                    Anchor::Left => HPos::Left,
                    Anchor::Middle => HPos::Center,
                    Anchor::Right => HPos::Right,
                };
                let mut font = font(size * scale);
                // The middle of a letter without what it has below the line.
                let lower = lower * size;
                let mut at = (at.0, at.1 + lower);
                if *upwards {
                    font = font.transform(FontTransform::Rotate270);
                    at = (at.0 + lower, at.1 - lower);
                }
                let ink = colour(ink);
                let style = TextStyle::from(font).color(&ink).pos(Pos::new(across, VPos::Center));
                area.draw(&Text::new(text.as_str(), place(at), style))?;
            }
        }
    }
    area.present()
}
