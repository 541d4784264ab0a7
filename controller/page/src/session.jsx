// The session of a chat: its name, which can be changed, and its end, which asks once more.
import { useEffect, useRef, useState } from 'preact/hooks';

function Name({ session, onRename, onCancel }) {
	const field = useRef(null);

	useEffect(() => field.current.select(), []);
	return (
		<form class="rename" onSubmit={(event) => { event.preventDefault(); onRename(field.current.value.trim()); }}>
			<input ref={field} aria-label="Name of the chat" defaultValue={session.name} maxlength="120" required
				onKeyDown={(event) => event.key === 'Escape' && onCancel()} />
			<button>Save</button>
			<button type="button" onClick={onCancel}>Cancel</button>
		</form>
	);
}

// A native dialog: it keeps the focus inside, closes by Esc and gives the focus back.
function DeleteDialog({ session, onDelete, onClose }) {
	const dialog = useRef(null);

	useEffect(() => dialog.current.showModal(), []);
	return (
		<dialog ref={dialog} aria-labelledby="delete-title" onClose={() => onClose(dialog.current.returnValue)}>
			<h2 id="delete-title">Delete this chat?</h2>
			<p>“{session.name || 'Chat'}” and everything said in it will be gone. The agent stays.</p>
			<footer>
				<button type="button" autofocus onClick={() => dialog.current.close()}>Keep it</button>
				<button type="button" class="danger" onClick={() => { onDelete(); dialog.current.close(); }}>Delete</button>
			</footer>
		</dialog>
	);
}

export function Session({ conversation }) {
	const [doing, setDoing] = useState('');
	const { session, phase } = conversation;

	if (!session) return <div class="session"><span class="title">{phase !== 'loading' && 'New chat'}</span></div>;
	if (doing === 'rename') {
		const onRename = (title) => {
			setDoing('');
			conversation.rename(title);
		};

		return <div class="session"><Name session={session} onRename={onRename} onCancel={() => setDoing('')} /></div>;
	}
	return (
		<div class="session">
			<span class="title">{session.name || 'Chat'}</span>
			<button onClick={() => setDoing('rename')} aria-label="Rename the chat">Rename</button>
			<button onClick={() => setDoing('delete')} aria-label="Delete the chat" disabled={phase === 'busy'}>Delete</button>
			{doing === 'delete' && (
				<DeleteDialog session={session} onDelete={() => conversation.remove()} onClose={() => setDoing('')} />
			)}
		</div>
	);
}
