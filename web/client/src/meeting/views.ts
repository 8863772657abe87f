/** The rooms' views, as `large:small` pictures: those of the booking API's ten view types. */
export const VIEWS = ['1:0', '1:7', '1:21', '2:21', '4:0', '5:7', '1:33', '9:0', '16:0', '25:0'] as const;
