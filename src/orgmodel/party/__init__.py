"""party"""
