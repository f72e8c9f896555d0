/** The parts of the Firebase SDK that the settings page uses. */
export { initializeApp } from "@firebase/app";
export {
  deleteToken,
  getMessaging,
  getToken,
  isSupported,
  onRegistered,
  register,
  unregister,
} from "@firebase/messaging";
