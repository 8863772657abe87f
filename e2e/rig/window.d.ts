// What the rig adds to the pages it tests.
import type axe from 'axe-core'
import type { Answer, Seen } from './sdk.js'

declare global {
  interface Window {
    axe: typeof axe
    /** What a screen reader was given to say, in order; see `announcements.js`. */
    announced: string[]
    /** Whether the button that was last aimed at was met. */
    pressed?: boolean
    senses: {
      joinTime(): number
      moments(): Record<string, number>
      received(): Promise<{ connection: number; frames: number; samples: number }>
      totals(): Promise<{ samples: number, concealed: number, frames: number, packets: number, lost: number }>
      path(): Promise<string | undefined>
      ends(): Promise<{ local: number; remote: number } | undefined>
      cut(): void
      entries(): number
      iceName(): string | undefined
      connectionCount(): number
      sentCodecs(): Promise<string[]>
      receivedCodec(video: HTMLVideoElement): Promise<string | undefined>
      receivedPicture(video: HTMLVideoElement): Promise<{ height: number; bytes: number } | undefined>
      sentLayers(): Promise<Record<string, number>>
      hear(hertz: number[], ms: number): Promise<Record<number, number>>
      listen(hertz: number[], ms: number): Promise<{ loudest: Record<number, number>; together: number }>
      colour(video: HTMLVideoElement): number[] | undefined
      rate(video: HTMLVideoElement, ms: number): Promise<number>
    }
    cables: {
      asked(): number
      pull(label: string): void
      plug(label?: string): void
      fail(kind: 'video' | 'audio', name?: string): void
      hold(muted: boolean): void
      open(): string[]
    }
    /** What a page gave the system to show; see `attention.test.js`. */
    given: { badges: number[]; notifications: Notification[]; shown: number; closed: number }
    sdk: {
      seen(): Seen
      join(how: {
        host: string
        alias: string
        pin?: string
        displayName: string
        token?: string
        supportsDirectChat?: boolean
      }): Promise<number>
      ask(method: string, args: object): Promise<Answer>
      present(): void
      stopPresenting(): void
      leave(): Promise<void>
      mute(mute: boolean): Promise<void>
    }
  }
}
