-- What must hold of acts that need two people.

-- M36: what was approved was approved by somebody else than who asked, in time, and as it was asked for
SELECT a.public_id AS approval, a.verb, a.requested_by_id, a.decided_by_id, a.decided_at, a.expires_at
FROM identity_approval a
WHERE a.decision = 'approved'
    AND (a.decided_by_id IS NULL OR a.decided_by_id = a.requested_by_id OR a.decided_at >= a.expires_at);

-- M36: an approval stands in the audit trail, by who gave it
SELECT a.public_id AS approval, a.verb, a.decided_at
FROM identity_approval a JOIN identity_user u ON u.id = a.decided_by_id
WHERE a.decision = 'approved' AND NOT EXISTS (
    SELECT 1 FROM identity_audit_entry e
    WHERE e.subject = a.public_id AND e.verb = 'approval.approved' AND e.at = a.decided_at
);
