//! Splitting rows by their partition and joining their results.

use super::reading::in_order;
use crate::abi::Output;
use crate::tensor::Data;

fn output(values: &[i64]) -> Vec<Output> {
    let empty = Output {
        name: "prediction".into(),
        rows: values.len(),
        width: 1,
        list: false,
        columns: Vec::new(),
        values: Data::I64(values.to_vec()),
        pattern: None,
    };
    vec![empty]
}

#[test]
fn results_come_in_the_order_of_the_rows() {
    let parts = vec![(vec![1, 4], output(&[10, 40])), (vec![0], output(&[0])), (vec![2, 3], output(&[20, 30]))];
    let joined = in_order(parts, output(&[]));
    assert_eq!(joined[0].values, Data::I64(vec![0, 10, 20, 30, 40]));
    assert_eq!(joined[0].rows, 5);
    assert_eq!(in_order(Vec::new(), output(&[]))[0].rows, 0);
}
