/** What may be open beside the pictures: one at a time. */
export type PanelName = 'people' | 'chat' | 'more' | 'devices' | 'connection' | 'invite' | 'shortcuts';
