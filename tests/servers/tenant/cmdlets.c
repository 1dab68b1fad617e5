/* SPDX-License-Identifier: MIT
 *
 * cmdlets.c - the table of cmdlets: names and parameters as the cmdlets' pages have them (D.6, E.3, F.1; what mailvan
 * has no use for is left out and therefore refused, as it would be by a role that does not see it).
 */
#include "tests/servers/tenant/tenant.h"

#define POLICY                                                                                                         \
	"PasswordEnabled:b AlphanumericPasswordRequired:b AllowSimplePassword:b MinPasswordLength:i "                  \
	"MinPasswordComplexCharacters:i MaxPasswordFailedAttempts:x PasswordExpiration:s PasswordHistory:i "           \
	"PasswordRecoveryEnabled:b MaxInactivityTimeLock:s RequireDeviceEncryption:b "                                 \
	"RequireStorageCardEncryption:b DeviceEncryptionEnabled:b AllowNonProvisionableDevices:b "                     \
	"DevicePolicyRefreshInterval:s AttachmentsEnabled:b MaxAttachmentSize:s MaxEmailAgeFilter:s "                  \
	"MaxCalendarAgeFilter:s AllowCamera:b AllowWiFi:b AllowBluetooth:s AllowBrowser:b AllowTextMessaging:b "       \
	"AllowPOPIMAPEmail:b AllowStorageCard:b AllowHTMLEmail:b RequireManualSyncWhenRoaming:b IsDefault:b"

const struct cmdlet cmdlets[] = {
	{ "Get-Mailbox",
	  "Identity:s ResultSize:x RecipientTypeDetails:a Filter:s IncludeGrantSendOnBehalfToWithDisplayNames:b",
	  get_mailbox },
	{ "Set-Mailbox", "Identity:s! Type:s GrantSendOnBehalfTo:h HiddenFromAddressListsEnabled:b DisplayName:s",
	  set_mailbox },
	{ "New-Mailbox", "Name:s! Room:b Equipment:b Shared:b DisplayName:s Alias:s PrimarySmtpAddress:s",
	  new_mailbox },
	{ "Get-MailboxStatistics", "Identity:s!", get_mailbox_statistics },
	{ "Get-Recipient", "Identity:s ResultSize:x RecipientTypeDetails:a Filter:s", get_recipient },
	{ "Get-AcceptedDomain", "Identity:s ResultSize:x", get_accepted_domain },
	{ "New-ServicePrincipal", "AppId:s! ObjectId:s! DisplayName:s", new_service_principal },
	{ "Get-ServicePrincipal", "Identity:s", get_service_principal },
	{ "Get-CASMailbox", "Identity:s ResultSize:x", get_cas_mailbox },
	{ "Set-CASMailbox",
	  "Identity:s! ActiveSyncAllowedDeviceIDs:h ActiveSyncBlockedDeviceIDs:h ActiveSyncEnabled:b "
	  "OutlookMobileEnabled:b "
	  "OWAforDevicesEnabled:b OWAEnabled:b ImapEnabled:b PopEnabled:b EwsEnabled:b MAPIEnabled:b "
	  "SmtpClientAuthenticationDisabled:b ActiveSyncMailboxPolicy:s",
	  set_cas_mailbox },
	{ "Get-MailboxPermission", "Identity:s! User:s ResultSize:x", get_mailbox_permission },
	{ "Add-MailboxPermission", "Identity:s! User:s! AccessRights:a! InheritanceType:s AutoMapping:b Deny:b",
	  add_mailbox_permission },
	{ "Remove-MailboxPermission", "Identity:s! User:s! AccessRights:a! InheritanceType:s ClearAutoMapping:b Deny:b",
	  remove_mailbox_permission },
	{ "Get-RecipientPermission",
	  "Identity:s Trustee:s AccessRights:a ResultSize:x IncludeTrusteeWithPrimarySmtpAddress:b",
	  get_recipient_permission },
	{ "Add-RecipientPermission", "Identity:s! Trustee:s! AccessRights:a!", add_recipient_permission },
	{ "Remove-RecipientPermission", "Identity:s! Trustee:s! AccessRights:a! Deny:b", remove_recipient_permission },
	{ "Get-MobileDevice",
	  "Identity:s Mailbox:s ActiveSync:b OWAforDevices:b RestApi:b UniversalOutlook:b ResultSize:x Filter:s",
	  get_mobile_device },
	{ "Get-MobileDeviceStatistics",
	  "Identity:s Mailbox:s ActiveSync:b OWAforDevices:b RestApi:b UniversalOutlook:b ShowRecoveryPassword:b "
	  "GetMailboxLog:b "
	  "NotificationEmailAddresses:a",
	  get_mobile_device_statistics },
	{ "Clear-MobileDevice", "Identity:s! AccountOnly:b Cancel:b NotificationEmailAddresses:a",
	  clear_mobile_device },
	{ "Remove-MobileDevice", "Identity:s!", remove_mobile_device },
	{ "Get-MobileDeviceMailboxPolicy", "Identity:s", get_device_policy },
	{ "New-MobileDeviceMailboxPolicy", "Name:s! " POLICY, new_device_policy },
	{ "Set-MobileDeviceMailboxPolicy", "Identity:s! Name:s " POLICY, set_device_policy },
	{ "Remove-MobileDeviceMailboxPolicy", "Identity:s! Force:b", remove_device_policy },
	{ NULL, NULL, NULL },
};
