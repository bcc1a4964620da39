mtl::multitask! {
    pub struct Net {
        input region: class(5);
        input device: class(7);
        input age: [3];

        shared region_2 = region -> Embedding(4);
        shared device_2 = device -> Embedding(2);
        shared body = (region_2, device_2, age) -> Concat -> Dense(8, silu);

        head visits = body -> Dense(1, exponential) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_embedded.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { region: 4, device: 0, age: [-0.719, 0.713, -1.134] },
                &[&[0.65079105], &[0.52298325, 0.2229249, 0.25409186]],
            ),
            (
                NetInputs { region: 4, device: 4, age: [1.274, 0.802, -0.494] },
                &[&[0.8290125], &[0.38666317, 0.29666537, 0.31667137]],
            ),
            (
                NetInputs { region: 1, device: 1, age: [1.397, 1.254, -0.287] },
                &[&[0.50873274], &[0.29585144, 0.4206608, 0.28348777]],
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
