// The look of all pages, also of those that the hub writes itself (crates/api/src/oauth/pages).
import './fds.scss';
import './base.css';
