//! Constant folding: what exporters leave behind of shapes and of weights that are turned.
//!
//! The batch is the number [`BATCH`] in shapes: large, and a prime, so that it is found again in products.

use super::node::Node;
use super::tensor::{Constant, Data};

/// The size that stands for the batch.
pub(super) const BATCH: usize = 1_000_003;

/// What a node of constants gives; `None` where it is not known or would be large.
pub(super) fn node(node: &Node<'_>, inputs: &[Option<&Constant>], most: usize) -> Option<Constant> {
    let first = inputs.first().copied().flatten();
    match node.operator {
        "Constant" => node.tensor_attribute(),
        "Identity" | "Dropout" => first.cloned(),
        "Cast" => {
            let x = first?;
            let to_real = matches!(node.int("to"), Some(1 | 10 | 11));
            let data = if to_real { Data::Reals(x.to_reals()) } else { Data::Wholes(x.to_wholes()) };
            Some(Constant { dims: x.dims.clone(), data })
        }
        "Shape" => {
            let dims: Vec<i64> = first?.dims.iter().map(|&dim| dim as i64).collect();
            Some(Constant::wholes(&[dims.len()], dims))
        }
        "ConstantOfShape" => {
            let dims = sizes(first?)?;
            let count = count(&dims).filter(|&count| count <= most)?;
            match node.tensor("value") {
                Some(value) => match value.data {
                    Data::Reals(data) => Some(Constant::reals(&dims, vec![*data.first()?; count])),
                    Data::Wholes(data) => Some(Constant::wholes(&dims, vec![*data.first()?; count])),
                },
                None => Some(Constant::reals(&dims, vec![0.0; count])),
            }
        }
        "Transpose" => {
            let x = first?;
            let order: Vec<usize> = match node.ints("perm") {
                Some(axes) => axes.iter().map(|&axis| usize::try_from(axis).ok()).collect::<Option<_>>()?,
                None => (0..x.dims.len()).rev().collect(),
            };
            x.transposed(&order)
        }
        "Reshape" => {
            let (x, target) = (first?, inputs.get(1).copied().flatten()?.as_wholes()?);
            let dims = reshaped(&x.dims, target)?;
            (count(&dims)? == x.len()).then(|| Constant { dims, data: x.data.clone() })
        }
        "Flatten" => {
            let x = first?;
            let axis = axis(node.int("axis").unwrap_or(1), x.dims.len() + 1)?;
            let before = count(&x.dims[..axis])?;
            Some(Constant { dims: vec![before, x.len().checked_div(before)?], data: x.data.clone() })
        }
        "Squeeze" | "Unsqueeze" => {
            let x = first?;
            let axes = node.ints("axes").map(<[i64]>::to_vec).or_else(|| Some(inputs.get(1).copied().flatten()?.as_wholes()?.to_vec()));
            let dims = if node.operator == "Squeeze" { squeezed(&x.dims, axes.as_deref())? } else { unsqueezed(&x.dims, &axes?)? };
            Some(Constant { dims, data: x.data.clone() })
        }
        "Gather" => {
            let (x, indices) = (first?, inputs.get(1).copied().flatten()?);
            let axis = axis(node.int("axis").unwrap_or(0), x.dims.len())?;
            let (before, size, after) = (count(&x.dims[..axis])?, x.dims[axis], count(&x.dims[axis + 1..])?);
            let indices_of: Option<Vec<usize>> = indices.as_wholes()?.iter().map(|&index| place(index, size)).collect();
            let indices_of = indices_of?;
            count(&[before, indices_of.len(), after]).filter(|&count| count <= most)?;
            let places: Vec<usize> = (0..before)
                .flat_map(|row| indices_of.iter().flat_map(move |index| (0..after).map(move |column| (row * size + index) * after + column)))
                .collect();
            let dims = [&x.dims[..axis], &indices.dims, &x.dims[axis + 1..]].concat();
            Some(Constant { dims, data: picked(&x.data, &places)? })
        }
        "Slice" => slice(node, first?, inputs),
        "Concat" => {
            let all: Option<Vec<&Constant>> = inputs.iter().copied().collect();
            concat(&all?, node.int("axis")?, most)
        }
        "Expand" => {
            let (x, shape) = (first?, sizes(inputs.get(1).copied().flatten()?)?);
            let dims = broadcast(&x.dims, &shape)?;
            count(&dims).filter(|&count| count <= most)?;
            Some(Constant { data: picked(&x.data, &places(&x.dims, &dims)?)?, dims })
        }
        "Range" => {
            let numbers: Option<Vec<i64>> = (0..3).map(|place| inputs.get(place).copied().flatten()?.as_wholes()?.first().copied()).collect();
            let [start, limit, delta] = numbers?[..] else { return None };
            let count = if delta == 0 {
                return None;
            } else {
                usize::try_from((limit.checked_sub(start)?.checked_add(delta - delta.signum())?).checked_div(delta)?).ok()?
            };
            (count <= most).then(|| Constant::wholes(&[count], (0..count as i64).map(|step| start + step * delta).collect()))
        }
        "Neg" | "Sqrt" | "Exp" | "Reciprocal" | "Abs" => {
            let x = first?;
            let function: fn(f32) -> f32 = match node.operator {
                "Neg" => |x| -x,
                "Sqrt" => f32::sqrt,
                "Exp" => f32::exp,
                "Abs" => f32::abs,
                _ => f32::recip,
            };
            match &x.data {
                Data::Reals(data) => Some(Constant::reals(&x.dims, data.iter().map(|&x| function(x)).collect())),
                Data::Wholes(data) if node.operator == "Neg" => Some(Constant::wholes(&x.dims, data.iter().map(|x| x.wrapping_neg()).collect())),
                Data::Wholes(_) => None,
            }
        }
        "Add" | "Sub" | "Mul" | "Div" | "Equal" | "Greater" | "Less" | "And" | "Or" => {
            binary(node.operator, first?, inputs.get(1).copied().flatten()?, most)
        }
        "Where" => {
            let (condition, yes, no) = (first?, inputs.get(1).copied().flatten()?, inputs.get(2).copied().flatten()?);
            let dims = broadcast(&broadcast(&condition.dims, &yes.dims)?, &no.dims)?;
            count(&dims).filter(|&count| count <= most)?;
            let (of_condition, of_yes, of_no) = (places(&condition.dims, &dims)?, places(&yes.dims, &dims)?, places(&no.dims, &dims)?);
            let condition = condition.as_wholes()?;
            let chosen = (0..of_condition.len()).map(|place| *condition.get(of_condition[place]).unwrap_or(&0) != 0);
            match (&yes.data, &no.data) {
                (Data::Reals(yes), Data::Reals(no)) => Some(Constant::reals(
                    &dims,
                    chosen.enumerate().map(|(place, is)| if is { yes[of_yes[place]] } else { no[of_no[place]] }).collect(),
                )),
                (Data::Wholes(yes), Data::Wholes(no)) => Some(Constant::wholes(
                    &dims,
                    chosen.enumerate().map(|(place, is)| if is { yes[of_yes[place]] } else { no[of_no[place]] }).collect(),
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn count(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim))
}

fn sizes(constant: &Constant) -> Option<Vec<usize>> {
    constant.as_wholes()?.iter().map(|&size| usize::try_from(size).ok()).collect()
}

/// An axis that may be counted from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Option<usize> {
    place(axis, rank)
}

fn place(index: i64, size: usize) -> Option<usize> {
    let size = i64::try_from(size).ok()?;
    let index = if index < 0 { index.checked_add(size)? } else { index };
    (0..size).contains(&index).then_some(index as usize)
}

fn picked(data: &Data, places: &[usize]) -> Option<Data> {
    Some(match data {
        Data::Reals(data) => Data::Reals(places.iter().map(|&place| data.get(place).copied()).collect::<Option<_>>()?),
        Data::Wholes(data) => Data::Wholes(places.iter().map(|&place| data.get(place).copied()).collect::<Option<_>>()?),
    })
}

/// The shape that a `Reshape` gives: 0 keeps an axis, −1 takes what is left.
pub(super) fn reshaped(dims: &[usize], target: &[i64]) -> Option<Vec<usize>> {
    let whole = count(dims)?;
    let mut shape = Vec::new();
    let mut open = None;
    for (number, &size) in target.iter().enumerate() {
        match size {
            -1 if open.is_none() => {
                open = Some(number);
                shape.push(1);
            }
            0 => shape.push(*dims.get(number)?),
            size => shape.push(usize::try_from(size).ok()?),
        }
    }
    if let Some(number) = open {
        let known = count(&shape)?;
        if known == 0 || whole % known != 0 {
            return None;
        }
        shape[number] = whole / known;
    }
    Some(shape)
}

pub(super) fn squeezed(dims: &[usize], axes: Option<&[i64]>) -> Option<Vec<usize>> {
    let axes: Vec<usize> = match axes {
        Some(axes) => axes.iter().map(|&index| axis(index, dims.len())).collect::<Option<_>>()?,
        None => (0..dims.len()).filter(|&axis| dims[axis] == 1).collect(),
    };
    if axes.iter().any(|&axis| dims[axis] != 1) {
        return None;
    }
    Some(dims.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &dim)| dim).collect())
}

pub(super) fn unsqueezed(dims: &[usize], axes: &[i64]) -> Option<Vec<usize>> {
    let rank = dims.len() + axes.len();
    let axes: Vec<usize> = axes.iter().map(|&index| axis(index, rank)).collect::<Option<_>>()?;
    let mut rest = dims.iter();
    (0..rank).map(|axis| if axes.contains(&axis) { Some(1) } else { rest.next().copied() }).collect()
}

pub(super) fn broadcast(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let rank = left.len().max(right.len());
    let of = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
    (0..rank)
        .map(|axis| match (of(left, axis), of(right, axis)) {
            (left, right) if left == right || right == 1 => Some(left),
            (1, right) => Some(right),
            _ => None,
        })
        .collect()
}

/// For each element of the broadcast shape, where it comes from.
pub(super) fn places(dims: &[usize], to: &[usize]) -> Option<Vec<usize>> {
    let rank = to.len();
    let missing = rank.checked_sub(dims.len())?;
    let mut strides = vec![0; rank];
    let mut stride = 1;
    for axis in (0..dims.len()).rev() {
        strides[axis + missing] = if dims[axis] == 1 { 0 } else { stride };
        stride *= dims[axis];
    }
    let mut places = vec![0];
    for axis in 0..rank {
        places = places
            .iter()
            .flat_map(|&place| (0..to[axis]).map(move |index| (place, index)))
            .map(|(place, index): (usize, usize)| place + index * strides[axis])
            .collect();
    }
    Some(places)
}

fn binary(operator: &str, left: &Constant, right: &Constant, most: usize) -> Option<Constant> {
    let dims = broadcast(&left.dims, &right.dims)?;
    count(&dims).filter(|&count| count <= most)?;
    let (of_left, of_right) = (places(&left.dims, &dims)?, places(&right.dims, &dims)?);
    let pairs = of_left.iter().zip(&of_right);
    match (&left.data, &right.data) {
        (Data::Wholes(left), Data::Wholes(right)) => {
            let numbers: Option<Vec<i64>> = pairs
                .map(|(&l, &r)| {
                    let (l, r) = (*left.get(l)?, *right.get(r)?);
                    match operator {
                        "Add" => l.checked_add(r),
                        "Sub" => l.checked_sub(r),
                        "Mul" => l.checked_mul(r),
                        "Div" => l.checked_div(r),
                        "Equal" => Some(i64::from(l == r)),
                        "Greater" => Some(i64::from(l > r)),
                        "Less" => Some(i64::from(l < r)),
                        "And" => Some(i64::from(l != 0 && r != 0)),
                        _ => Some(i64::from(l != 0 || r != 0)),
                    }
                })
                .collect();
            Some(Constant::wholes(&dims, numbers?))
        }
        (Data::Reals(left), Data::Reals(right)) => {
            let pairs: Option<Vec<(f32, f32)>> = pairs.map(|(&l, &r)| Some((*left.get(l)?, *right.get(r)?))).collect();
            let pairs = pairs?;
            match operator {
                "Greater" | "Less" | "Equal" => {
                    let is = |(l, r): &(f32, f32)| match operator {
                        "Greater" => l > r,
                        "Less" => l < r,
                        _ => l == r,
                    };
                    Some(Constant::wholes(&dims, pairs.iter().map(|pair| i64::from(is(pair))).collect()))
                }
                "Add" | "Sub" | "Mul" | "Div" => {
                    let of = |(l, r): &(f32, f32)| match operator {
                        "Add" => l + r,
                        "Sub" => l - r,
                        "Mul" => l * r,
                        _ => l / r,
                    };
                    Some(Constant::reals(&dims, pairs.iter().map(of).collect()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn slice(node: &Node<'_>, x: &Constant, inputs: &[Option<&Constant>]) -> Option<Constant> {
    let list = |place: usize, name: &str| match inputs.get(place).copied().flatten() {
        Some(constant) => constant.as_wholes().map(<[i64]>::to_vec),
        None => node.ints(name).map(<[i64]>::to_vec),
    };
    let (starts, ends) = (list(1, "starts")?, list(2, "ends")?);
    let axes = list(3, "axes").unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = list(4, "steps").unwrap_or_else(|| vec![1; starts.len()]);
    let mut current = x.clone();
    for (((&start, &end), &along), &step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let along = axis(along, current.dims.len())?;
        let size = current.dims[along];
        let indices = range(start, end, step, size)?;
        let (before, after) = (count(&current.dims[..along])?, count(&current.dims[along + 1..])?);
        let places: Vec<usize> = (0..before)
            .flat_map(|row| indices.iter().flat_map(move |index| (0..after).map(move |column| (row * size + index) * after + column)))
            .collect();
        current.data = picked(&current.data, &places)?;
        current.dims[along] = indices.len();
    }
    Some(current)
}

/// The indices of a slice along an axis.
pub(super) fn range(start: i64, end: i64, step: i64, size: usize) -> Option<Vec<usize>> {
    let size = i64::try_from(size).ok()?;
    let from_end = |index: i64| if index < 0 { index.saturating_add(size) } else { index };
    if step < 1 {
        return None;
    }
    let (start, end) = (from_end(start).clamp(0, size), from_end(end).clamp(0, size));
    Some((start..end).step_by(usize::try_from(step).ok()?).map(|index| index as usize).collect())
}

pub(super) fn concat(all: &[&Constant], along: i64, most: usize) -> Option<Constant> {
    let first = all.first()?;
    let along = axis(along, first.dims.len())?;
    let rest = |dims: &[usize]| [&dims[..along], &dims[along + 1..]].concat();
    if all.iter().any(|other| other.dims.len() != first.dims.len() || rest(&other.dims) != rest(&first.dims)) {
        return None;
    }
    let total = all.iter().try_fold(0_usize, |sum, constant| sum.checked_add(constant.dims[along]))?;
    let mut dims = first.dims.clone();
    dims[along] = total;
    count(&dims).filter(|&count| count <= most)?;
    let before = count(&first.dims[..along])?;
    let is_real = first.as_reals().is_some();
    let (mut reals, mut wholes) = (Vec::new(), Vec::new());
    for row in 0..before {
        for constant in all {
            let piece = constant.len() / before.max(1);
            match &constant.data {
                Data::Reals(data) if is_real => reals.extend_from_slice(data.get(row * piece..(row + 1) * piece)?),
                Data::Wholes(data) if !is_real => wholes.extend_from_slice(data.get(row * piece..(row + 1) * piece)?),
                _ => return None,
            }
        }
    }
    Some(Constant { dims, data: if is_real { Data::Reals(reals) } else { Data::Wholes(wholes) } })
}
