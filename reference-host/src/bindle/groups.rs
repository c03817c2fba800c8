//! Groups: which parcels a module sees.

use super::invoice::{Invoice, Parcel};
use std::collections::{BTreeMap, BTreeSet};

/// The parcels of every group, by their number in the invoice.
pub(super) struct Groups<'a> {
    members: BTreeMap<&'a str, Vec<usize>>,
    parcels: &'a [Parcel],
}

/// A group that has a parcel which needs the group itself, in the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cycle(pub(super) String);

impl<'a> Groups<'a> {
    pub(super) fn new(invoice: &'a Invoice) -> Self {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, parcel) in invoice.parcels.iter().enumerate() {
            for group in &parcel.conditions.member_of {
                members.entry(group.get_ref()).or_default().push(index);
            }
        }
        Self {
            members,
            parcels: &invoice.parcels,
        }
    }

    /// The parcels of all groups that a parcel requires, and of those that these require.
    pub(super) fn required_by(&self, parcel: &'a Parcel) -> Vec<&'a Parcel> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut left: Vec<&str> = requires(parcel).collect();
        while let Some(group) = left.pop() {
            if !seen.insert(group) {
                continue;
            }
            for &index in self.members.get(group).into_iter().flatten() {
                found.insert(index);
                left.extend(requires(&self.parcels[index]));
            }
        }
        found
            .into_iter()
            .map(|index| &self.parcels[index])
            .collect()
    }

    /// Groups have no cycles. The search does not recurse, as invoices may be of any depth.
    pub(super) fn cycle(&self) -> Option<Cycle> {
        // Groups that have been looked at to the end.
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for &start in self.members.keys() {
            let mut path = vec![(start, self.needed_by(start))];
            let mut on_path = BTreeSet::from([start]);
            while let Some((group, needed)) = path.last_mut() {
                match needed.pop() {
                    Some(next) if on_path.contains(next) => return Some(Cycle(next.to_string())),
                    Some(next) if done.contains(next) => {}
                    Some(next) => {
                        on_path.insert(next);
                        path.push((next, self.needed_by(next)));
                    }
                    None => {
                        let group = *group;
                        done.insert(group);
                        on_path.remove(group);
                        path.pop();
                    }
                }
            }
        }
        None
    }

    fn needed_by(&self, group: &str) -> Vec<&'a str> {
        let members = self.members.get(group).into_iter().flatten();
        let needed: BTreeSet<&str> = members
            .flat_map(|&index| requires(&self.parcels[index]))
            .collect();
        needed.into_iter().collect()
    }
}

fn requires(parcel: &Parcel) -> impl Iterator<Item = &str> {
    parcel
        .conditions
        .requires
        .iter()
        .map(|group| group.get_ref().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// Parcels as `name: member,… > requires,…`.
    fn invoice(parcels: &[(&str, &[&str], &[&str])]) -> Invoice {
        let mut text = "bindle = { name = \"a\", version = \"1.0.0\" }\n".to_string();
        for (name, member_of, requires) in parcels {
            write!(
                text,
                "[[parcel]]\nlabel = {{ sha256 = \"\", mediaType = \"\", name = \"{name}\", size = 0 }}\n\
                 conditions = {{ memberOf = {member_of:?}, requires = {requires:?} }}\n"
            )
            .unwrap();
        }
        Invoice::parse(&text)
            .map_err(|error| error.problem)
            .unwrap()
    }

    fn seen(invoice: &Invoice, name: &str) -> String {
        let is_it = |parcel: &&Parcel| parcel.label.name.get_ref() == name;
        let parcel = invoice.parcels.iter().find(is_it).unwrap();
        let names = Groups::new(invoice).required_by(parcel);
        let names: Vec<_> = names
            .iter()
            .map(|parcel| parcel.label.name.get_ref().as_str())
            .collect();
        names.join(" ")
    }

    #[test]
    fn what_is_required_in_the_end() {
        let invoice = invoice(&[
            ("m", &[], &["x"]),
            ("n", &[], &["z", "nowhere"]),
            ("a", &["x"], &["y"]),
            ("b", &["y", "x"], &[]),
            ("c", &["y"], &["z"]),
            ("d", &["z"], &[]),
            ("e", &["w"], &[]),
        ]);
        assert_eq!(seen(&invoice, "m"), "a b c d");
        assert_eq!(seen(&invoice, "n"), "d");
        assert_eq!(seen(&invoice, "e"), "");
        assert_eq!(Groups::new(&invoice).cycle(), None);
    }

    #[test]
    fn cycles() {
        let own = invoice(&[("a", &["x"], &["x"])]);
        assert_eq!(Groups::new(&own).cycle(), Some(Cycle("x".into())));
        let long = invoice(&[
            ("a", &["x"], &["y"]),
            ("b", &["y"], &["z"]),
            ("c", &["z"], &["y"]),
        ]);
        assert!(Groups::new(&long).cycle().is_some());
        // It ends all the same.
        assert_eq!(seen(&long, "a"), "b c");
    }

    #[test]
    fn a_long_chain() {
        let names: Vec<String> = (0..5000).map(|number| format!("g{number}")).collect();
        let pairs: Vec<[&str; 2]> = names
            .windows(2)
            .map(|w| [w[0].as_str(), w[1].as_str()])
            .collect();
        let parcels: Vec<(&str, &[&str], &[&str])> = pairs
            .iter()
            .map(|pair| (pair[0], &pair[..1], &pair[1..]))
            .collect();
        assert_eq!(Groups::new(&invoice(&parcels)).cycle(), None);
    }
}
