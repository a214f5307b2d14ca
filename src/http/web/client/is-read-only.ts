/** Whether the service has a copy of a library, which is looked at and asked only. The page it sent says so. */
export const isReadOnly: boolean = document.body.hasAttribute('data-read-only');
