mtl::multitask! {
    pub struct Net {
        input x: [3];

        shared body = x -> Dense(4, relu);
        shared first_2 = body -> Dense(2);

        head first = first_2 { loss: mse }
        head second = (body, first_2) -> Concat -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_output_inside.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [-0.232, -1.111, 0.488] },
                &[&[0.47971326, -0.3011675], &[0.5093573]],
            ),
            (
                NetInputs { x: [-1.682, -1.244, 1.101] },
                &[&[0.4949307, -0.07171774], &[0.5429002]],
            ),
            (
                NetInputs { x: [0.713, -0.01, -2.762] },
                &[&[0.47244614, -0.44174176], &[0.4272049]],
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
