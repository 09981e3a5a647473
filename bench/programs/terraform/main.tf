# The same environments and settings with a generic REST provider. Settings cannot be read, so the list stands in for them.

terraform {
  required_providers {
    restapi = { source = "mastercard/restapi" }
  }
}

variable "url" { type = string }
variable "key" { type = string }
variable "environments" { type = number }

provider "restapi" {
  uri                  = var.url
  write_returns_object = false
  id_attribute         = "name"
  headers = {
    Accept             = "application/json"
    ProvisioningKey    = var.key
    "X-Requested-With" = "XMLHttpRequest"
    "Content-Type"     = "application/json"
  }
}

locals {
  list  = "/Provisioning/Environment/"
  names = toset([for number in range(var.environments) : format("customer-%04d", number)])
  bodies = {
    "SingleSignOnSettings/OAuth2" = {
      Authority = "https://login.example.com/tenant"
      ClientId  = "6f1f6f0e-0000-4000-8000-00000000c001"
      Key       = "made-up-sign-on-key"
    }
    "ExchangeSettings"   = { ServerType = "Office365" }
    "SharePointSettings" = { AuthenticationType = "Online" }
  }
  settings = { for pair in setproduct(local.names, keys(local.bodies)) : join("/", pair) => { name = pair[0], path = pair[1] } }
}

resource "restapi_object" "environment" {
  for_each                  = local.names
  path                      = local.list
  create_path               = "${local.list}?version=2.0"
  read_path                 = local.list
  destroy_path              = "${local.list}${each.key}/"
  object_id                 = each.key
  read_search               = { search_key = "name", search_value = each.key }
  ignore_all_server_changes = true
  data = jsonencode({
    EnvironmentName = each.key
    EmailAddress    = "admin@${each.key}.example"
    FirstName       = "Carla"
    LastName        = "Conti"
  })
}

resource "restapi_object" "settings" {
  for_each                  = local.settings
  path                      = local.list
  create_method             = "PUT"
  create_path               = "/Provisioning/${each.value.name}/${each.value.path}/"
  read_path                 = local.list
  destroy_method            = "GET"
  destroy_path              = local.list
  object_id                 = each.value.name
  read_search               = { search_key = "name", search_value = each.value.name }
  ignore_all_server_changes = true
  data                      = jsonencode(local.bodies[each.value.path])
  depends_on                = [restapi_object.environment]
}
