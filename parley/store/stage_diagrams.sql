-- list_nodes: the stages of diagrams with where one may go from each, in the order that they were given in
SELECT n.diagram_id, n.stage_id, s.name, n.is_start, n.is_deprecated, n.targets
FROM stage_diagram_nodes n
JOIN stages s ON s.tenant_id = $1 AND s.id = n.stage_id
WHERE n.tenant_id = $1 AND n.diagram_id = ANY ($2::bigint[])
ORDER BY n.diagram_id, n.position

-- insert_node: a stage of a diagram
INSERT INTO stage_diagram_nodes (tenant_id, diagram_id, position, stage_id, is_start, is_deprecated, targets)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- delete_nodes: all stages of a diagram
DELETE FROM stage_diagram_nodes n WHERE n.tenant_id = $1 AND n.diagram_id = $2

-- clear_default: no diagram is the leaf type's default any more
UPDATE stage_diagrams SET is_default = false
WHERE stage_diagrams.tenant_id = $1 AND stage_diagrams.leaf_type = $2 AND stage_diagrams.is_default

-- find_diagram: the diagram of an object: its subtype's, or else its leaf type's default
SELECT d.id FROM stage_diagrams d
LEFT JOIN schema_fragments f ON f.tenant_id = $1 AND f.stage_diagram_id = d.id AND f.leaf_type = $2 AND f.subtype = $3
WHERE d.tenant_id = $1 AND (f.id IS NOT NULL OR (d.leaf_type = $2 AND d.is_default))
ORDER BY f.id IS NULL LIMIT 1
