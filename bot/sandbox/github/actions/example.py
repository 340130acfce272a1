"""A workflow as the product's manual shows one: dispatched with what is to be shipped where.

A stage puts it into its repository, under `DEPLOY_WORKFLOW_PATH`.
"""

DEPLOY_WORKFLOW_PATH = ".github/workflows/deploy.yml"
DEPLOY_WORKFLOW = """\
name: Deploy
run-name: Deploy ${{ inputs.service }} to ${{ inputs.environment }} (${{ inputs.deployment }})
on:
  workflow_dispatch:
    inputs:
      sha: {description: The commit to ship, required: true, type: string}
      environment: {description: Where to, required: true, type: string}
      service: {description: What to ship, required: true, type: string}
      deployment: {description: The bot's own id, required: true, type: string}
      region: {description: Which data centre, type: choice, options: [eu, us], default: eu}
permissions:
  contents: read
jobs:
  build:
    name: Build ${{ inputs.service }}
    runs-on: ubuntu-latest
    steps:
      - name: Check out
        uses: actions/checkout@v6
        with: {ref: "${{ inputs.sha }}"}
      - name: Build the image
        run: make image
      - name: Push the image
        run: make push
  deploy:
    name: Deploy to ${{ inputs.environment }}
    needs: build
    runs-on: ubuntu-latest
    environment: ${{ inputs.environment }}
    steps:
      - name: Sign in to the cluster
        run: make sign-in
      - name: Replace the pods
        run: make roll-out REGION=${{ inputs.region }}
      - name: Check their health
        run: make health
"""
