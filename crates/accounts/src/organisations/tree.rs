//! Nodes as a tree.

use std::collections::HashMap;

use vdx_domain::OrganisationCode;
use vdx_store::organisation_tree::Node;

/// A node, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeNode {
    /// The node. Of what lies above the caller's organisation it shows no
    /// addresses that are called: they may hold secrets.
    pub node: Node,
    /// The nodes below it that were asked for.
    pub children: Vec<TreeNode>,
}

/// Whether the node is this organisation's own.
pub(super) fn is_of(node: &Node, code: &OrganisationCode) -> bool {
    node.organisation
        .as_ref()
        .is_some_and(|organisation| organisation.code == *code)
}

/// From a node and all above it, itself first: the same from the top down.
pub(super) fn path(chain: Vec<Node>, caller: &OrganisationCode) -> Option<TreeNode> {
    let mut above = false;
    let mut made: Option<TreeNode> = None;
    for mut node in chain {
        let own = is_of(&node, caller);
        if above && let Some(organisation) = &mut node.organisation {
            organisation.sms_callback_url = None;
            organisation.device_webhook_endpoint = None;
        }
        above |= own;
        made = Some(TreeNode {
            node,
            children: made.into_iter().collect(),
        });
    }
    made
}

/// From a node and all below it, each after the one above it.
pub(super) fn tree(nodes: Vec<Node>) -> Option<TreeNode> {
    let root = nodes.first()?.group_id;
    let mut waiting: HashMap<i64, Vec<TreeNode>> = HashMap::new();
    // From the end: a node's children are complete before it is.
    for node in nodes.into_iter().rev() {
        let mut children = waiting.remove(&node.group_id).unwrap_or_default();
        children.reverse();
        let made = TreeNode { node, children };
        match made.node.parent_id.filter(|_| made.node.group_id != root) {
            Some(parent) => waiting.entry(parent).or_default().push(made),
            None => return Some(made),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use vdx_store::organisation_tree::NodeOrganisation;
    use vdx_store::organisations::GroupKind;

    use super::*;

    fn node(id: i64, parent: i64) -> Node {
        Node {
            group_id: id,
            parent_id: (parent > 0).then_some(parent),
            group_name: id.to_string(),
            kind: GroupKind::Agency,
            organisation: Some(NodeOrganisation {
                code: OrganisationCode(id.to_string()),
                name: id.to_string(),
                pool_size: None,
                sms_sender_name: None,
                sms_callback_url: Some("https://secret.example".to_owned()),
                device_webhook_endpoint: Some("https://secret.example".to_owned()),
            }),
        }
    }

    fn words(tree: &TreeNode) -> String {
        let children: Vec<String> = tree.children.iter().map(words).collect();
        format!("{}({})", tree.node.group_id, children.join(" "))
    }

    #[test]
    fn nodes_become_a_tree_in_their_order() {
        // The first is not at the top of the whole tree.
        let nodes = [
            node(2, 1),
            node(3, 2),
            node(4, 2),
            node(5, 3),
            node(6, 4),
            node(7, 4),
        ];
        assert_eq!(words(&tree(nodes.into()).unwrap()), "2(3(5()) 4(6() 7()))");
        assert_eq!(words(&tree(vec![node(1, 0)]).unwrap()), "1()");
        assert_eq!(tree(Vec::new()), None);
    }

    #[test]
    fn a_path_goes_down_and_hides_what_is_above_the_caller() {
        let chain = vec![node(4, 3), node(3, 2), node(2, 1), node(1, 0)];
        let made = path(chain, &OrganisationCode("3".to_owned())).unwrap();
        assert_eq!(words(&made), "1(2(3(4())))");
        let mut at = &made;
        for shown in [false, false, true, true] {
            let organisation = at.node.organisation.as_ref().unwrap();
            assert_eq!(organisation.sms_callback_url.is_some(), shown);
            assert_eq!(organisation.device_webhook_endpoint.is_some(), shown);
            at = at.children.first().unwrap_or(at);
        }
    }
}
