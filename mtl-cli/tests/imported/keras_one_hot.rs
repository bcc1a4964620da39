mtl::multitask! {
    pub struct Net {
        input zone: class(4);
        input age: [2];

        shared category_encoding = zone -> OneHot;
        shared dense_16 = (category_encoding, age) -> Concat -> Dense(4, relu);

        head y = dense_16 -> Dense(1) { loss: mse }
        head z = dense_16 -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_one_hot.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { zone: 1, age: [0.33, -1.303] },
                &[&[0.034017503], &[-0.0857814]],
            ),
            (
                NetInputs { zone: 2, age: [0.905, 0.446] },
                &[&[0.58717656], &[-0.95310915]],
            ),
            (
                NetInputs { zone: 3, age: [-0.537, 0.581] },
                &[&[0.87028843], &[-0.6882006]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
