"""Live connections: ActionCable at ``/cable`` as Chatwoot's clients speak it (contract 5.2)."""
