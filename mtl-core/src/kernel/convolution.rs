//! The products of a convolution are those of a dense layer: `Y = W P + b`, `∂W += ∂Y Pᵀ`, `∂P = Wᵀ ∂Y`, where a column of `P` is the
//! patch of the image under the window at one of its places.
//!
//! Patches are gathered a panel at a time: as many as stay in the cache while they are multiplied. Images are channels last, so what a
//! window covers of a row of the image lies in one piece. `W` is `[[T; FILTERS]; PATCH]`, which is Keras's `kernel`
//! `[rows, columns, channels, filters]` byte for byte.
#![allow(unsafe_code, reason = "pieces of rows are copied and added by whole vectors")]

use core::marker::PhantomData;

use super::vector::Vector;
use super::{GradientSink, InstructionSet, Kernel, bias_gradient, dense_forward, dense_input_gradient, dense_kernel_gradient};
use crate::kernel::scalar::Scalar;

/// The product of sizes of which all are positions in memory together.
///
/// # Panics
///
/// Where it has more bits than a position.
const fn volume(sizes: [usize; 3]) -> usize {
    match sizes[0].checked_mul(sizes[1]) {
        Some(area) => match area.checked_mul(sizes[2]) {
            Some(volume) => volume,
            None => panic!("there is no memory for so large an image or window"),
        },
        None => panic!("there is no memory for so large an image or window"),
    }
}

/// How a window goes over an image whose channels come last, row by row. A sequence is an image of one row.
///
/// With padding as Keras's `same`: there are `⌈size / stride⌉` places along each side, and the zeros (or, for pooling, the nothing) around
/// the image are shared evenly, the odd one at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub(super) height: usize,
    pub(super) width: usize,
    channels: usize,
    /// Rows and columns of the window.
    pub(super) size: [usize; 2],
    pub(super) stride: [usize; 2],
    /// Rows and columns of padding before the image.
    pub(super) before: [usize; 2],
    /// Rows and columns of places.
    pub(super) places: [usize; 2],
}

/// How many places a window has along a side: `⌊(along − size) / stride⌋ + 1`, with padding `⌈along / stride⌉`.
///
/// A window that is longer than the side counts as having one place; `multitask!` reports it elsewhere.
#[must_use]
pub const fn places(along: usize, size: usize, stride: usize, padded: bool) -> usize {
    let stride = if stride == 0 { 1 } else { stride };
    if padded { along.div_ceil(stride) } else { along.saturating_sub(size) / stride + 1 }
}

impl Window {
    /// A window over an image of `[height, width, channels]`.
    ///
    /// # Panics
    ///
    /// Where image, patch or places are more than memory has room for: what the other functions multiply does not overflow. In a `const` that is
    /// an error when compiling.
    #[must_use]
    pub const fn new(image: [usize; 3], size: [usize; 2], stride: [usize; 2], padded: bool) -> Self {
        let [height, width, channels] = image;
        volume(image);
        volume([size[0], size[1], channels]);
        let places = [places(height, size[0], stride[0], padded), places(width, size[1], stride[1], padded)];
        volume([places[0], places[1], 1]);
        let before = if padded {
            [((places[0] - 1) * stride[0] + size[0]).saturating_sub(height) / 2, ((places[1] - 1) * stride[1] + size[1]).saturating_sub(width) / 2]
        } else {
            [0, 0]
        };
        Self { height, width, channels, size, stride, before, places }
    }

    /// How many values the image has.
    #[must_use]
    pub const fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// How many values a pixel has.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// How many values a patch has.
    #[must_use]
    pub const fn patch(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// How many pixels the window covers.
    #[must_use]
    pub const fn pixels_in_patch(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// How many places there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.places[0] * self.places[1]
    }

    /// The padding around the image: `[[top, bottom], [left, right]]`.
    #[must_use]
    pub const fn margins(&self) -> [[usize; 2]; 2] {
        const fn along(window: &Window, axis: usize, side: usize) -> [usize; 2] {
            let covered = (window.places[axis] - 1) * window.stride[axis] + window.size[axis];
            [window.before[axis], covered.saturating_sub(side + window.before[axis])]
        }
        [along(self, 0, self.height), along(self, 1, self.width)]
    }

    #[inline(always)]
    const fn place(&self, number: usize) -> [usize; 2] {
        match number.checked_div(self.places[1]) {
            Some(row) => [row, number - row * self.places[1]],
            None => [0, 0],
        }
    }

    /// What of the patch at a place lies in the image.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn pieces(&self, place: usize) -> Pieces {
        let [row, column] = self.place(place);
        self.pieces_of(self.inside(0, row, self.height), self.inside(1, column, self.width))
    }

    #[inline(always)]
    const fn pieces_of(&self, rows: Inside, columns: Inside) -> Pieces {
        Pieces {
            next: Piece { patch: rows.patch * self.size[1] + columns.patch, image: rows.image * self.width + columns.image, length: columns.length },
            rows: if columns.length == 0 { 0 } else { rows.length },
            patch_step: self.size[1],
            image_step: self.width,
        }
    }

    /// What a patch has in common with the image along one axis, which is `side` long.
    #[inline(always)]
    pub(super) const fn inside(&self, axis: usize, place: usize, side: usize) -> Inside {
        let (first, before) = (place * self.stride[axis], self.before[axis]);
        let patch = before.saturating_sub(first);
        let image = first + patch - before;
        let (left, wanted) = (side.saturating_sub(image), self.size[axis].saturating_sub(patch));
        Inside { image, patch, length: if left < wanted { left } else { wanted } }
    }
}

/// Along one axis: where what a patch and the image have in common begins in both, and how long it is.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    pub(super) image: usize,
    pub(super) patch: usize,
    pub(super) length: usize,
}

/// A piece of a row that a patch has in common with the image: where it begins in both, and how long it is, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it begins in the patch.
    pub(crate) patch: usize,
    /// Where it begins in the image.
    pub(super) image: usize,
    /// How many pixels it has.
    pub(super) length: usize,
}

impl Piece {
    /// Its pixels, by their numbers in the image.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn pixels(&self) -> core::ops::Range<usize> {
        self.image..self.image + self.length
    }
}

/// The pieces of a patch, from the top down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces {
    next: Piece,
    rows: usize,
    patch_step: usize,
    image_step: usize,
}

impl Pieces {
    /// How many pixels they have together.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn pixel_count(&self) -> usize {
        self.rows * self.next.length
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    #[inline(always)]
    fn next(&mut self) -> Option<Piece> {
        let piece = self.next;
        self.rows = self.rows.checked_sub(1)?;
        self.next.patch += self.patch_step;
        self.next.image += self.image_step;
        Some(piece)
    }
}

/// `output = kernel · patch + bias` for every place of every image; `bias` is empty for a layer without one.
#[inline(always)]
pub fn convolution_forward<
    S: InstructionSet,
    T: Scalar,
    const IN: usize,
    const OUT: usize,
    const PATCH: usize,
    const FILTERS: usize,
    const BIAS: usize,
>(
    window: &Window,
    kernel: &[[T; FILTERS]; PATCH],
    bias: &[T; BIAS],
    input: &[[T; IN]],
    output: &mut [[T; OUT]],
) {
    if !is_of::<IN, OUT, PATCH, FILTERS>(window) {
        return;
    }
    let output = output.as_flattened_mut().as_chunks_mut().0;
    in_panel::<S, T, OUT, PATCH, FILTERS, _>(Forward { window, kernel, bias, input: input.as_flattened(), output });
}

/// Writes the gradients of kernel and bias where they are asked for, and that of the input where it is; `add`: adds those of kernel and
/// bias to what is there.
#[inline(always)]
pub fn convolution_backward<
    S: InstructionSet,
    T: Scalar,
    const IN: usize,
    const OUT: usize,
    const PATCH: usize,
    const FILTERS: usize,
    const BIAS: usize,
>(
    window: &Window,
    kernel: &[[T; FILTERS]; PATCH],
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    input_gradient: Option<GradientSink<'_, T, IN>>,
    gradients: Option<(&mut [[T; FILTERS]; PATCH], &mut [T; BIAS])>,
    add: bool,
) {
    if !is_of::<IN, OUT, PATCH, FILTERS>(window) {
        return;
    }
    let output_gradient = output_gradient.as_flattened().as_chunks::<FILTERS>().0;
    let kernel_gradient = gradients.map(|(kernel, bias)| {
        bias_gradient::<S, T, FILTERS, BIAS>(output_gradient, bias, add);
        kernel
    });
    let input_gradient = input_gradient.map(|sink| {
        let values = sink.columns.as_flattened_mut();
        if !sink.add {
            values.fill(T::ZERO);
        }
        values
    });
    in_panel::<S, T, OUT, PATCH, FILTERS, _>(Backward {
        window,
        kernel,
        input: input.as_flattened(),
        output_gradient,
        input_gradient,
        kernel_gradient,
        add,
    });
}

/// Whether the sizes in the types are those of the window, as those are that `multitask!` writes: with others nothing is done.
#[inline(always)]
fn is_of<const IN: usize, const OUT: usize, const PATCH: usize, const FILTERS: usize>(window: &Window) -> bool {
    let fits = window.image() == IN && window.patch() == PATCH && window.count() * FILTERS == OUT;
    debug_assert!(fits, "a window of another image than the layer's");
    fits
}

/// Work on patches, in memory for some of them at a time.
trait Work<T, const PATCH: usize> {
    fn run<S: InstructionSet>(self, panel: &mut [[T; PATCH]]);
}

/// The fewest and the most values that there is room for in a panel: 2 and 16 KiB in single precision.
const SMALLEST_PANEL: usize = 512;
const LARGEST_PANEL: usize = 4096;

/// The fewest patches in a panel: with fewer, the kernel would be read more often than it pays.
const FEWEST: usize = 16;

/// So many patches that what is done once for a panel takes no time beside them.
const ENOUGH: usize = 64;

/// How many values there is room for in the panel of a convolution: those of the image's patches, or of `ENOUGH` of them, and of the fewest
/// where they are large. Its memory is on the stack, of which a microcontroller has little.
#[must_use]
pub const fn panel_values(patch: usize, places: usize) -> usize {
    let wanted = (patch * if places < ENOUGH { places } else { ENOUGH }).next_power_of_two();
    let most = if wanted < LARGEST_PANEL { wanted } else { LARGEST_PANEL };
    let least = patch * FEWEST;
    if least > LARGEST_PANEL {
        least
    } else if most < SMALLEST_PANEL {
        SMALLEST_PANEL
    } else {
        most
    }
}

/// Runs the work in a panel of [`panel_values`].
#[inline(always)]
fn in_panel<S: InstructionSet, T: Scalar, const OUT: usize, const PATCH: usize, const FILTERS: usize, W: Work<T, PATCH>>(work: W) {
    // As a constant each time, so that only the code of one panel is there.
    if const { panel_values(PATCH, OUT / FILTERS) == 512 } {
        S::outline(InValues::<T, W, PATCH, 512>(work, PhantomData));
    } else if const { panel_values(PATCH, OUT / FILTERS) == 1024 } {
        S::outline(InValues::<T, W, PATCH, 1024>(work, PhantomData));
    } else if const { panel_values(PATCH, OUT / FILTERS) == 2048 } {
        S::outline(InValues::<T, W, PATCH, 2048>(work, PhantomData));
    } else if const { panel_values(PATCH, OUT / FILTERS) == 4096 } {
        S::outline(InValues::<T, W, PATCH, 4096>(work, PhantomData));
    } else {
        S::outline(InPatches::<T, W, PATCH>(work, PhantomData));
    }
}

/// A panel of so many values, in a function of its own whose frame is gone afterwards.
struct InValues<T, W, const PATCH: usize, const VALUES: usize>(W, PhantomData<T>);

impl<T: Scalar, W: Work<T, PATCH>, const PATCH: usize, const VALUES: usize> Kernel for InValues<T, W, PATCH, VALUES> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let mut panel = [T::ZERO; VALUES];
        self.0.run::<S>(panel.as_chunks_mut().0);
    }
}

/// A panel of the fewest patches, for patches that are large.
struct InPatches<T, W, const PATCH: usize>(W, PhantomData<T>);

impl<T: Scalar, W: Work<T, PATCH>, const PATCH: usize> Kernel for InPatches<T, W, PATCH> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        self.0.run::<S>(&mut [[T::ZERO; PATCH]; FEWEST]);
    }
}

struct Forward<'a, T, const PATCH: usize, const FILTERS: usize, const BIAS: usize> {
    window: &'a Window,
    kernel: &'a [[T; FILTERS]; PATCH],
    bias: &'a [T; BIAS],
    input: &'a [T],
    output: &'a mut [[T; FILTERS]],
}

impl<T: Scalar, const PATCH: usize, const FILTERS: usize, const BIAS: usize> Work<T, PATCH> for Forward<'_, T, PATCH, FILTERS, BIAS> {
    #[inline(always)]
    fn run<S: InstructionSet>(self, panel: &mut [[T; PATCH]]) {
        let most = panel.len().max(1);
        for (number, output) in self.output.chunks_mut(most).enumerate() {
            let Some(patches) = panel.get_mut(..output.len()) else { return };
            S::outline(Gather { window: self.window, input: self.input, first: number * most, patches });
            dense_forward::<S, T, PATCH, FILTERS, BIAS>(self.kernel, self.bias, patches, output);
        }
    }
}

struct Backward<'a, T, const PATCH: usize, const FILTERS: usize> {
    window: &'a Window,
    kernel: &'a [[T; FILTERS]; PATCH],
    input: &'a [T],
    output_gradient: &'a [[T; FILTERS]],
    /// To be added to.
    input_gradient: Option<&'a mut [T]>,
    kernel_gradient: Option<&'a mut [[T; FILTERS]; PATCH]>,
    /// Whether the kernel's gradient is to be added to, and not overwritten.
    add: bool,
}

impl<T: Scalar, const PATCH: usize, const FILTERS: usize> Work<T, PATCH> for Backward<'_, T, PATCH, FILTERS> {
    #[inline(always)]
    fn run<S: InstructionSet>(mut self, panel: &mut [[T; PATCH]]) {
        let most = panel.len().max(1);
        for (number, output_gradient) in self.output_gradient.chunks(most).enumerate() {
            let (first, Some(patches)) = (number * most, panel.get_mut(..output_gradient.len())) else { return };
            if let Some(gradient) = &mut self.kernel_gradient {
                S::outline(Gather { window: self.window, input: self.input, first, patches });
                dense_kernel_gradient::<S, T, PATCH, FILTERS>(patches, output_gradient, gradient, self.add || number > 0);
            }
            if let Some(gradient) = &mut self.input_gradient {
                dense_input_gradient::<S, T, PATCH, FILTERS>(self.kernel, output_gradient, GradientSink { columns: patches, add: false });
                S::outline(Scatter { window: self.window, patches, first, gradient });
            }
        }
    }
}

/// Copies patches of the images into a panel, from place number `first` on, counted through all images.
struct Gather<'a, T, const PATCH: usize> {
    window: &'a Window,
    input: &'a [T],
    first: usize,
    patches: &'a mut [[T; PATCH]],
}

impl<T: Scalar, const PATCH: usize> Kernel for Gather<'_, T, PATCH> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        // A copy: what is written cannot change it, so that it need not be read again for every piece.
        let window = *self.window;
        let (channels, mut places) = (window.channels, Places::new(&window, self.first));
        let (run, step) = (window.size[1] * channels, window.width * channels);
        // What the last row of a patch ends at, from where its first one begins in the image.
        let reach = window.size[0].saturating_sub(1) * step + run;
        let fits = run < <T::Vector<S> as Vector<T>>::LANES && window.size[0] * run == PATCH;
        let panel = self.patches.as_flattened_mut();
        for first in (0..panel.len()).step_by(PATCH) {
            let (image, pieces) = places.next();
            let (Some(image), Some(patch)) = (self.input.get(image..), panel.get_mut(first..first + PATCH)) else { return };
            if pieces.pixel_count() * channels < PATCH {
                patch.fill(T::ZERO);
            } else if fits && let Some(from) = image.get(pieces.next.image * channels..).and_then(|image| image.get(..reach)) {
                // Most patches of images of few channels: whole, and of rows that are less than a vector each.
                for row in 0..window.size[0] {
                    let at = first + row * run;
                    // SAFETY: so many values from the first of each row lie in the image, by the slice, and in the patch, which has
                    // `size[0] · run` values where `fits`, and is in the panel; they are fewer than a vector's. What a whole vector writes
                    // beyond them lies in the panel, and what belongs there is written after it.
                    unsafe {
                        let values = T::Vector::<S>::load_partial(from.as_ptr().add(row * step), run);
                        let to = panel.as_mut_ptr().add(at);
                        if panel.len() - at >= <T::Vector<S> as Vector<T>>::LANES { values.store(to) } else { values.store_partial(to, run) }
                    }
                }
                continue;
            }
            for Piece { patch: to, image: from, length } in pieces {
                let (to, from, length) = (to * channels, from * channels, length * channels);
                if let (Some(from), Some(to)) = (image.get(from..from + length), patch.get_mut(to..to + length)) {
                    copy::<T, T::Vector<S>>(from, to);
                }
            }
        }
    }
}

/// Adds the gradients of patches to those of the images, from place number `first` on.
struct Scatter<'a, T, const PATCH: usize> {
    window: &'a Window,
    patches: &'a [[T; PATCH]],
    first: usize,
    gradient: &'a mut [T],
}

impl<T: Scalar, const PATCH: usize> Kernel for Scatter<'_, T, PATCH> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        // A copy: what is written cannot change it, so that it need not be read again for every piece.
        let window = *self.window;
        let (channels, mut places) = (window.channels, Places::new(&window, self.first));
        for patch in self.patches {
            let (image, pieces) = places.next();
            let Some(image) = self.gradient.get_mut(image..) else { return };
            for Piece { patch: from, image: to, length } in pieces {
                let (to, from, length) = (to * channels, from * channels, length * channels);
                if let (Some(from), Some(to)) = (patch.get(from..from + length), image.get_mut(to..to + length)) {
                    add::<T, T::Vector<S>>(from, to);
                }
            }
        }
    }
}

/// Goes through the places of a window in one image after the other: where the image begins, and what of the patch lies in it.
pub(super) struct Places {
    window: Window,
    image: usize,
    place: [usize; 2],
    /// What the patches of this row of places have of the rows of the image.
    rows: Inside,
}

impl Places {
    #[inline(always)]
    const fn new(window: &Window, first: usize) -> Self {
        let image = match first.checked_div(window.count()) {
            Some(image) => image,
            None => 0,
        };
        let place = window.place(first - image * window.count());
        Self { window: *window, image: image * window.image(), place, rows: window.inside(0, place[0], window.height) }
    }

    /// From the first place of one image on, without a division.
    #[inline(always)]
    pub(super) const fn start(window: &Window) -> Self {
        Self { window: *window, image: 0, place: [0, 0], rows: window.inside(0, 0, window.height) }
    }

    #[inline(always)]
    pub(super) const fn next(&mut self) -> (usize, Pieces) {
        let current = (self.image, self.window.pieces_of(self.rows, self.window.inside(1, self.place[1], self.window.width)));
        self.place[1] += 1;
        if self.place[1] == self.window.places[1] {
            self.place = [self.place[0] + 1, 0];
            if self.place[0] == self.window.places[0] {
                self.place[0] = 0;
                self.image += self.window.image();
            }
            self.rows = self.window.inside(0, self.place[0], self.window.height);
        }
        current
    }
}

/// Copies values of which there are few: a call of `memcpy` would take longer.
#[inline(always)]
fn copy<T, V: Vector<T>>(from: &[T], to: &mut [T]) {
    let length = from.len().min(to.len());
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    let mut at = 0;
    // SAFETY: `at + LANES` values and then the `length - at < LANES` that are left lie within both slices.
    unsafe {
        while at + V::LANES <= length {
            V::load(from.add(at)).store(to.add(at));
            at += V::LANES;
        }
        if at < length {
            V::load_partial(from.add(at), length - at).store_partial(to.add(at), length - at);
        }
    }
}

/// `to += from`, value by value.
#[inline(always)]
fn add<T, V: Vector<T>>(from: &[T], to: &mut [T]) {
    let length = from.len().min(to.len());
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    let mut at = 0;
    // SAFETY: as in `copy`.
    unsafe {
        while at + V::LANES <= length {
            V::load(to.add(at)).add(V::load(from.add(at))).store(to.add(at));
            at += V::LANES;
        }
        if at < length {
            let rest = length - at;
            V::load_partial(to.add(at), rest).add(V::load_partial(from.add(at), rest)).store_partial(to.add(at), rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::dispatch::run_on_every;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn places_are_counted_as_in_keras() {
        // (along, size, stride): without and with padding.
        for (along, size, stride, valid, same) in
            [(5, 3, 1, 3, 5), (5, 3, 2, 2, 3), (6, 3, 2, 2, 3), (4, 4, 1, 1, 4), (7, 2, 3, 2, 3), (1, 1, 5, 1, 1)]
        {
            assert_eq!((places(along, size, stride, false), places(along, size, stride, true)), (valid, same), "{along} {size} {stride}");
        }
    }

    #[test]
    fn the_odd_zero_comes_at_the_end() {
        assert_eq!(Window::new([4, 5, 1], [2, 3], [1, 1], true).before, [0, 1]);
        assert_eq!(Window::new([4, 5, 1], [4, 3], [1, 2], true).before, [1, 1]);
        assert_eq!(Window::new([6, 6, 1], [3, 3], [2, 2], true).before, [0, 0]);
        // A stride beyond the window leaves out pixels, and pads nothing.
        assert_eq!(Window::new([7, 7, 1], [2, 2], [3, 3], true).before, [0, 0]);
    }

    /// With sizes whose product comes round to that of a small image, a patch would seem to lie in it.
    #[test]
    fn a_window_of_more_than_memory_is_refused() {
        let half = 1 << (usize::BITS / 2);
        for (image, size) in [
            ([1 << (usize::BITS - 2), 4, 1], [1, 1]),
            ([half, half, 1], [1, 1]),
            ([half + 1, half, 3], [1, 1]),
            ([4, 4, 4], [(1 << (usize::BITS - 2)) + 1, 4]),
            ([4, 4, 4], [usize::MAX, usize::MAX]),
        ] {
            for padded in [false, true] {
                assert!(std::panic::catch_unwind(|| Window::new(image, size, [1, 1], padded)).is_err(), "{image:?} {size:?}");
            }
        }
    }

    /// The pixel of a patch that lies `down` and `right` in the window at a place, by the definition.
    fn pixel(window: &Window, place: usize, down: usize, right: usize) -> Option<usize> {
        let [row, column] = window.place(place);
        let row = (row * window.stride[0] + down).checked_sub(window.before[0]).filter(|&row| row < window.height)?;
        let column = (column * window.stride[1] + right).checked_sub(window.before[1]).filter(|&column| column < window.width)?;
        Some(row * window.width + column)
    }

    #[derive(Clone, Copy)]
    struct Check<const C: usize, const PATCH: usize>(Window);

    impl<const C: usize, const PATCH: usize> Kernel for Check<C, PATCH> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let window = self.0;
            const IMAGES: usize = 3;
            let input: Vec<f32> = (0..IMAGES * window.image()).map(|number| number as f32 + 1.0).collect();
            let expected: Vec<f32> = (0..IMAGES * window.count())
                .flat_map(|number| {
                    let (image, place) = (number / window.count(), number % window.count());
                    (0..PATCH).map(move |at| {
                        let (tap, channel) = (at / C, at % C);
                        let pixel = pixel(&window, place, tap / window.size[1], tap % window.size[1]);
                        pixel.map_or(0.0, |pixel| (image * window.image() + pixel * C + channel) as f32 + 1.0)
                    })
                })
                .collect();
            for first in 0..window.count() + 2 {
                let mut patches = vec![[f32::NAN; PATCH]; IMAGES * window.count() - first];
                S::outline(Gather { window: &window, input: &input, first, patches: &mut patches });
                assert_eq!(patches.as_flattened(), &expected[first * PATCH..], "{window:?} from {first}");
            }
            // What is gathered k times and added comes back k times.
            let mut patches = vec![[0.0; PATCH]; IMAGES * window.count()];
            S::outline(Gather { window: &window, input: &input, first: 0, patches: &mut patches });
            let mut sums = vec![0.5; input.len()];
            S::outline(Scatter { window: &window, patches: &patches, first: 0, gradient: &mut sums });
            let mut times = vec![0.0; window.image() / C];
            (0..window.count()).flat_map(|place| window.pieces(place)).flat_map(|piece| piece.pixels()).for_each(|pixel| times[pixel] += 1.0);
            for (at, (&sum, &value)) in sums.iter().zip(&input).enumerate() {
                assert_eq!(sum, value * times[at % window.image() / C] + 0.5, "{window:?} at {at}");
            }
        }
    }

    #[test]
    fn patches_are_those_of_the_definition() {
        for padded in [false, true] {
            for stride in [[1, 1], [2, 1], [3, 2]] {
                run_on_every(Check::<1, 9>(Window::new([5, 6, 1], [3, 3], stride, padded)));
                run_on_every(Check::<3, 18>(Window::new([4, 7, 3], [2, 3], stride, padded)));
                run_on_every(Check::<7, 28>(Window::new([1, 9, 7], [1, 4], stride, padded)));
                run_on_every(Check::<17, 17>(Window::new([3, 2, 17], [1, 1], stride, padded)));
                run_on_every(Check::<2, 40>(Window::new([4, 5, 2], [4, 5], stride, padded)));
            }
        }
        // A window larger than the image, padded all round.
        run_on_every(Check::<1, 35>(Window::new([3, 2, 1], [5, 7], [1, 1], true)));
    }
}
